package main

import (
	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

func (c *call) ask() *cobra.Command {
	command := c.question(protocol.KindPopup, "ask TEXT", "Ask a question and print the button that was pressed", noMore)
	command.Example = `  deskbell ask "Install now?" --button Now --button Later --timeout 5m
  deskbell ask "Delete the old files?" --type 36 --text.de "Die alten Dateien löschen?"`
	return command
}

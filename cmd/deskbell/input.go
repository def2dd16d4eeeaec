package main

import (
	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

func (c *call) input() *cobra.Command {
	command := c.question(protocol.KindInput, "input TEXT", "Ask for a line of text and print it", noMore)
	command.Example = `  deskbell input "Room number?" --pattern "[0-9]{3}" --hint "Three digits, please"
  deskbell input "Password of the file" --mask --within 10m`
	return command
}

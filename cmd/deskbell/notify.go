package main

import (
	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

func (c *call) notify() *cobra.Command {
	command := c.question(protocol.KindNotify, "notify TEXT", "Tell the user something, without waiting for an answer", noMore)
	command.Example = `  deskbell notify "The installation is complete" --icon info`
	return command
}

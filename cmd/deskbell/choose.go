package main

import (
	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

func (c *call) choose() *cobra.Command {
	items := func(set *fields, args []string) error {
		if len(args) > 0 {
			return set.give("Choices", args)
		}
		if _, given := set.values["Choices"]; !given {
			return &usageError{problem: "there is no ITEM to choose from", hint: "deskbell choose TEXT ITEM…"}
		}
		return nil
	}
	command := c.question(protocol.KindChoose, "choose TEXT ITEM…", "Let the user choose from a list and print the choice", items)
	command.Example = `  deskbell choose "Which printer?" "Ground floor" "First floor"
  deskbell choose "Which parts?" Editor Spelling Fonts --multiple`
	return command
}

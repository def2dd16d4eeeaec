package main

import (
	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/setup"
)

func (c *call) doctor() *cobra.Command {
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Find what keeps questions from being answered, and say what to do",
		Long: "Find what keeps questions from being answered, and say what to do: what install\nmade, with its access lists, the service and the program that it runs, the\n" +
			"monitors and their versions, the session, and messages that nobody attends,\nwhat is written down of them, and what administrators have decided.\nNothing is changed, and no rights are needed. The exit status is 0 when all is\nwell, 1 when something is not.",
		Args: cobra.ArbitraryArgs,
	}
	c.answerFlags(command.Flags())
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		i, err := c.installation()
		if err != nil {
			return err
		}
		list := i.Examine(command.Context())
		return c.tellFindings(i.Queue, list, setup.Good(list))
	}
	return command
}

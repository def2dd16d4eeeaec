package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/setup"
)

func (c *call) autostart() *cobra.Command {
	command := &cobra.Command{
		Use:   "autostart",
		Short: "Start the monitor of this queue at log-on, of every user or of oneself",
		Example: `  deskbell autostart --user
  deskbell autostart --machine --queue sales
  deskbell autostart --user --remove`,
		Args: cobra.ArbitraryArgs,
	}
	var machine, user, remove bool
	flags := command.Flags()
	flags.BoolVar(&machine, "machine", false, "for every user of this computer; needs administrator rights")
	flags.BoolVar(&user, "user", false, "for oneself")
	flags.BoolVar(&remove, "remove", false, "do not start it any more")
	command.RunE = func(_ *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		if machine == user {
			return &usageError{problem: "it takes either --machine or --user", hint: "deskbell autostart --user is for oneself"}
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		self, err := os.Executable()
		if err != nil {
			return fmt.Errorf("find this program: %w", err)
		}
		entry := setup.Autostart{Queue: queue, Program: withoutConsole(self), Machine: machine, Trusted: c.programs.Trusted}
		change := entry.Set
		if remove {
			change = entry.Remove
		}
		changed, err := change()
		if err != nil {
			return err
		}
		return c.write(autostartText(remove, changed) + ": " + entry.Place() + "\n")
	}
	return command
}

// autostartText says what has been done.
func autostartText(remove, changed bool) string {
	switch {
	case remove && changed:
		return "removed"
	case remove:
		return "there is none"
	case changed:
		return "set"
	}
	return "set already"
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/deploy"
)

// notInstalled is the exit status of "detect" where a job has not been done.
const notInstalled = 1

func (c *call) detect() *cobra.Command {
	command := &cobra.Command{
		Use:   "detect NAME",
		Short: "Tell a distribution system whether deploy has installed a job",
		Long: `Tell a distribution system whether deploy has installed a job.

Exit status 0 and a line where the installer of the job has succeeded here; 1 and
nothing where it has not. It does not know what was removed since: where the
software can be detected itself, that is better.`,
		Args:    cobra.ExactArgs(1),
		Example: "  deskbell detect acme-7",
		RunE: func(_ *cobra.Command, args []string) error {
			queue, err := c.queueName()
			if err != nil {
				return err
			}
			record, err := deploy.OpenRecord(queue, args[0])
			if err != nil {
				return &usageError{problem: err.Error()}
			}
			facts, err := record.Load()
			if err != nil {
				return err
			}
			if facts.Installed.IsZero() {
				c.exit = notInstalled
				return nil
			}
			return c.write(fmt.Sprintf("%s: installed %s\n", args[0], facts.Installed.Local().Format("2006-01-02 15:04")))
		},
	}
	return command
}

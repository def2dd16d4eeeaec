package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/process"
)

func (c *call) kill() *cobra.Command {
	return &cobra.Command{
		Use:   "kill",
		Short: "Kill the monitors of this queue; what they had not answered is asked again by the next",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, attendants, err := c.attendants()
			if err != nil {
				return err
			}
			for _, a := range attendants {
				err = errors.Join(err, process.ID{Pid: a.Pid, Started: a.Started}.Kill())
			}
			return err
		},
	}
}

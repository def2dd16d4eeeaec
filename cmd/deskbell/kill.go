package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/mailbox"
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
				err = errors.Join(err, killMonitor(a))
			}
			return err
		},
	}
}

// killMonitor kills the very process that wrote the record: it is opened
// first and looked at then, so that its pid cannot become another's.
func killMonitor(a mailbox.Attendant) error {
	p, err := os.FindProcess(a.Pid)
	if err != nil {
		return fmt.Errorf("kill process %d: %w", a.Pid, err)
	}
	defer p.Release()
	if !(process.ID{Pid: a.Pid, Started: a.Started}).Running() {
		return nil
	}
	if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill process %d: %w", a.Pid, err)
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

func (c *call) await() *cobra.Command {
	command := &cobra.Command{
		Use:         "await ID",
		Short:       "Wait for the reply to a message put before and print it as JSON",
		Example:     "  id=$(deskbell ask \"Install now?\" --no-wait)\n  deskbell await $id --within 1h",
		Annotations: map[string]string{alwaysJSON: "1"},
	}
	var within time.Duration
	command.Flags().Var(duration{&within}, "within", "time to wait; then the message stays where it is, exit 75")
	c.answerFlags(command.Flags())
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) != 1 {
			return &usageError{problem: "it takes one ID", hint: "deskbell status lists the messages that are pending"}
		}
		id, err := protocol.ParseID(args[0])
		if err != nil {
			return &usageError{problem: err.Error()}
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		m, result, err := delivery.Await(command.Context(), id, delivery.Options{Queue: queue, Within: within, Ledger: c.ledger(queue), Log: c.log()})
		if errors.Is(err, fs.ErrNotExist) {
			return &usageError{problem: fmt.Sprintf("there is no message %s in queue %s", id, queue), hint: "deskbell status lists the messages that are pending"}
		}
		if err != nil {
			return err
		}
		return c.finish(command, id, m, []delivery.Result{result})
	}
	return command
}

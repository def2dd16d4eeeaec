package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

func (c *call) kill() *cobra.Command {
	return &cobra.Command{
		Use:   "kill",
		Short: "Kill the monitors of this queue; what they had not answered is asked again by the next",
		Long: "Kill the monitors of this queue: one's own, and for an administrator those of\n" +
			"everybody who is logged on. What they had not answered is asked again by the\nnext. Nothing is killed but what the system says is such a monitor, run by the\nuser whose mailbox it attends, whatever is written there.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			queue, err := c.queueName()
			if err != nil {
				return err
			}
			return c.killMonitors(command.Context(), queue)
		},
	}
}

func (c *call) killMonitors(ctx context.Context, queue string) error {
	boxes, err := deskBoxes(ctx, queue)
	found := false
	for _, d := range boxes {
		attendants, errAttending := d.box.Attending()
		err = errors.Join(err, errAttending)
		for _, a := range attendants {
			found = true
			err = errors.Join(err, killMonitor(ctx, queue, d.uid, a))
		}
	}
	if !found && err == nil {
		return delivery.ErrNobody
	}
	return err
}

// killMonitor kills the process that wrote the record, and waits for its end,
// if it is a monitor of the queue run by that user.
func killMonitor(ctx context.Context, queue, uid string, a mailbox.Attendant) error {
	id := process.ID{Pid: a.Pid, Started: a.Started}
	err := id.End(func(about process.About) error {
		if problem := notMonitor(about, queue, uid); problem != "" {
			return &strangerError{a, problem}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return waitEnd(ctx, a, 30*time.Second)
}

// strangerError says that a process which is written down as a monitor is none.
type strangerError struct {
	mailbox.Attendant
	problem string
}

func (e *strangerError) Error() string {
	return fmt.Sprintf("process %d is not killed: it is written down as the monitor of session %q, but %s", e.Pid, e.Session, e.problem)
}

func (e *strangerError) Unwrap() error { return fs.ErrPermission }

// notMonitor says why a process is no monitor of the queue run by the user; ""
// when it is one. A command line without a queue leaves that to the
// environment, which others cannot see.
func notMonitor(about process.About, queue, uid string) string {
	if about.UID == "" || !strings.EqualFold(about.UID, uid) {
		return fmt.Sprintf("runs as another user, %q", about.UID)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Sprintf("the name of this program is not known: %v", err)
	}
	if !sameProgram(about.Image, self) {
		return fmt.Sprintf("is another program, %q", about.Image)
	}
	if len(about.Args) == 0 {
		return "its command line is not known"
	}
	command, rest, err := (&call{}).root().Find(modern(about.Args[1:]))
	if err != nil || command.Name() != "monitor" {
		return "is not run as a monitor"
	}
	command.FParseErrWhitelist.UnknownFlags = true // another version's
	if command.ParseFlags(rest) != nil || command.Flags().NArg() > 0 {
		return "is not run as a monitor"
	}
	if name, err := command.Flags().GetString("queue"); err == nil && name != "" {
		if other, err := protocol.ParseQueue(name); err != nil || other != queue {
			return fmt.Sprintf("attends another queue, %q", name)
		}
	}
	return ""
}

// sameProgram reports whether a program is this one, a copy of it elsewhere, or
// the one of the two on Windows that has no console.
func sameProgram(image, self string) bool {
	name, own := programName(image), programName(self)
	return name == own || name == own+"w" || name+"w" == own
}

func programName(path string) string {
	return strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".exe")
}

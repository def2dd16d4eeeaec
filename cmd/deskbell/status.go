package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

// statusReport is the JSON object of "status".
type statusReport struct {
	Schema   int              `json:"schema"`
	Outcome  delivery.Outcome `json:"outcome"`
	Exit     int              `json:"exit"`
	Queue    string           `json:"queue"`
	Monitors []attendantEntry `json:"monitors"`
	Messages []messageEntry   `json:"messages"`
	// What follows is there with --all only.
	Mailboxes []mailboxEntry `json:"mailboxes,omitempty"`
	Services  []serviceEntry `json:"services,omitempty"`
	Warnings  []string       `json:"warnings,omitempty"`

	processes []process.ID // of the monitors
}

type attendantEntry struct {
	Session string   `json:"session"`
	Pid     int      `json:"pid"`
	State   string   `json:"state"`
	Version string   `json:"version"`
	Kinds   []string `json:"kinds"`
	Locale  string   `json:"locale"`
	Queue   string   `json:"queue,omitempty"` // this and what follows: with --all
	User    string   `json:"user,omitempty"`
	UID     string   `json:"uid,omitempty"`
}

type messageEntry struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	State string `json:"state"` // incomplete, malformed, pending, shown, abandoned, answered
	Age   int    `json:"age"`   // seconds since it was last written
	Error string `json:"error,omitempty"`
	Queue string `json:"queue,omitempty"` // this and what follows: with --all
	Scope string `json:"scope,omitempty"`
	User  string `json:"user,omitempty"`
	UID   string `json:"uid,omitempty"`
}

// waits reports whether nobody has the message yet, or any more.
func (m messageEntry) waits() bool { return m.State == "pending" || m.State == "abandoned" }

// A mailboxEntry is one mailbox; User and UID are "" for the machine's.
type mailboxEntry struct {
	Queue    string `json:"queue"`
	Scope    string `json:"scope"`
	User     string `json:"user,omitempty"`
	UID      string `json:"uid,omitempty"`
	Messages int    `json:"messages"`
	Waiting  int    `json:"waiting"` // of them, for somebody who attends
	Attended bool   `json:"attended"`
	Error    string `json:"error,omitempty"` // why it could not be read
}

type serviceEntry struct {
	Queue string `json:"queue"`
	Name  string `json:"name"`
	State string `json:"state"`
	Pid   int    `json:"pid,omitempty"`
	Error string `json:"error,omitempty"`
}

// statusOptions are the flags of "status".
type statusOptions struct{ all, watch bool }

func (c *call) status() *cobra.Command {
	o := &statusOptions{}
	command := &cobra.Command{
		Use:   "status",
		Short: "Tell who attends the queue and which messages are in it",
		Long: "Tell who attends the queue and which messages are in it. The exit status is 0\nwhen somebody attends and 69 when nobody does.\n\n" +
			"With --all it tells of every queue: who attends, the mailboxes and what is in\nthem, the services; to an administrator those of everybody. The exit status is\n69 when a message waits and nobody attends, too.\n\n" +
			"With --watch it tells again at each change, with --json one object a line. On\nWindows the mailboxes of other users are not watched, as that would keep them\nfrom logging off: they are looked at when a session or another mailbox changes.",
		Args: cobra.ArbitraryArgs,
	}
	c.answerFlags(command.Flags())
	command.Flags().BoolVar(&o.all, "all", false, "tell of every queue and, to an administrator, of every user")
	command.Flags().BoolVar(&o.watch, "watch", false, "tell again at each change, until interrupted")
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		if o.watch {
			return c.watchStatus(command.Context(), queue, o.all)
		}
		boxes, err := statusBoxes(command.Context(), queue, o.all)
		if err != nil {
			return err
		}
		return c.tellStatus(c.lookAround(command.Context(), queue, o.all, boxes))
	}
	return command
}

// lookAround is the whole report.
func (c *call) lookAround(ctx context.Context, queue string, all bool, boxes []statusBox) (s statusReport, err error) {
	if all {
		s = lookAll(ctx, boxes)
	} else if s, err = look(boxes[0].Mailbox); err != nil {
		return s, err
	}
	s.Schema, s.Queue, s.Outcome = schema, queue, done
	if len(s.Monitors) == 0 || len(s.Warnings) > 0 {
		s.Outcome = delivery.Nobody
	}
	s.Exit = exitOf(s.Outcome, protocol.NoButton, c.style)
	return s, nil
}

// tellStatus writes a report, as JSON or for people.
func (c *call) tellStatus(s statusReport, err error) error {
	if err != nil {
		return err
	}
	c.exit = s.Exit
	if c.json {
		return c.writeJSON(s)
	}
	if s.Mailboxes != nil {
		return c.write(s.tables())
	}
	return c.write(s.text())
}

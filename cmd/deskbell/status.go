package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
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
}

type attendantEntry struct {
	Session string   `json:"session"`
	Pid     int      `json:"pid"`
	State   string   `json:"state"`
	Version string   `json:"version"`
	Kinds   []string `json:"kinds"`
	Locale  string   `json:"locale"`
}

type messageEntry struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	State string `json:"state"` // incomplete, malformed, pending, shown, abandoned, answered
	Age   int    `json:"age"`   // seconds since it was last written
	Error string `json:"error,omitempty"`
}

func (c *call) status() *cobra.Command {
	command := &cobra.Command{
		Use:   "status",
		Short: "Tell who attends the queue and which messages are in it",
		Long:  "Tell who attends the queue and which messages are in it. The exit status is 0\nwhen somebody attends and 69 when nobody does.",
		Args:  cobra.ArbitraryArgs,
	}
	c.answerFlags(command.Flags())
	command.RunE = func(_ *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		box, err := mailbox.OpenUser(queue)
		if err != nil {
			return err
		}
		s, err := look(box)
		if err != nil {
			return err
		}
		s.Schema, s.Queue, s.Outcome = schema, queue, done
		if len(s.Monitors) == 0 {
			s.Outcome = delivery.Nobody
		}
		c.exit = exitOf(s.Outcome, protocol.NoButton, c.style)
		s.Exit = c.exit
		if c.json {
			return c.writeJSON(s)
		}
		return c.write(s.text())
	}
	return command
}

// look reads the state of a mailbox.
func look(box *mailbox.Mailbox) (statusReport, error) {
	s := statusReport{Monitors: []attendantEntry{}, Messages: []messageEntry{}}
	attendants, err := box.Attending()
	if err != nil {
		return s, err
	}
	for _, a := range attendants {
		s.Monitors = append(s.Monitors, attendantEntry{a.Session, a.Pid, a.State, a.Version, a.Kinds, a.Locale})
	}
	ids, err := box.IDs()
	if err != nil {
		return s, err
	}
	for _, id := range ids {
		entry, err := box.Get(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue // gone meanwhile
		}
		if err != nil {
			return s, err
		}
		e := messageEntry{ID: id, Kind: entry.Message.Kind, Title: entry.Message.Title, Age: max(0, int(time.Since(entry.Written).Seconds()))}
		if e.State, err = stateOf(box, id, entry); err != nil {
			return s, err
		}
		if entry.Problem != nil {
			e.Error = entry.Problem.Error()
		}
		s.Messages = append(s.Messages, e)
	}
	return s, nil
}

func stateOf(box *mailbox.Mailbox, id string, entry mailbox.Entry) (string, error) {
	state, _, err := box.State(id)
	switch {
	case err != nil:
		return "", err
	case state == mailbox.Spent:
		return "answered", nil
	case !entry.Ready:
		return "incomplete", nil
	case entry.Problem != nil:
		return "malformed", nil
	case state == mailbox.Ours, state == mailbox.Others:
		return "shown", nil
	case state == mailbox.Void:
		return "abandoned", nil
	}
	return "pending", nil
}

// text is the report for people. What others wrote is quoted, so that nothing
// in it can steer a terminal.
func (s statusReport) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Queue %s\n", s.Queue)
	if len(s.Monitors) == 0 {
		b.WriteString("Nobody attends it.\n")
	}
	for _, a := range s.Monitors {
		fmt.Fprintf(&b, "Attended in session %q by process %d, %q, version %q\n", a.Session, a.Pid, a.State, a.Version)
	}
	if len(s.Messages) == 0 {
		b.WriteString("No messages.\n")
		return b.String()
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tKIND\tSTATE\tAGE\tTITLE")
	for _, m := range s.Messages {
		fmt.Fprintf(table, "%s\t%q\t%s\t%s\t%q\n", m.ID, m.Kind, m.State, time.Duration(m.Age)*time.Second, m.Title)
	}
	table.Flush()
	return b.String()
}

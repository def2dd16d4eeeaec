package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// historyOptions are the flags of "history".
type historyOptions struct {
	since       string
	id, user    string
	own, follow bool
	window      bool

	from time.Time // of since
}

func (c *call) history() *cobra.Command {
	o := &historyOptions{}
	command := &cobra.Command{
		Use:   "history",
		Short: "Tell what happened to each message of the queue",
		Long: "Tell what happened to each message of the queue: to an administrator what the\nservice and senders with his rights have seen to, to others, and with --own,\nwhat they were told themselves. It goes back 30 days at most.\n\n" +
			"Of answers it has the caption of the button that was pressed, never what was\ntyped or chosen. With --json each event is one object a line.\n\n" +
			"With --window one reads again in a window what one was told, newest first.",
		Example: "  deskbell history --since 1d --user anna\n  deskbell history --follow --json",
		Args:    cobra.ArbitraryArgs,
	}
	flags := command.Flags()
	flags.BoolVar(&c.json, "json", false, "print one JSON object a line")
	flags.StringVar(&o.since, "since", "", "only what happened in this time (2h, 7d), or since this moment (RFC 3339, or 2026-01-31)")
	flags.StringVar(&o.id, "id", "", "only what happened to this message")
	flags.StringVar(&o.user, "user", "", "only what concerns this user: name, uid or SID")
	flags.BoolVar(&o.own, "own", false, "what the caller was told himself, also to an administrator")
	flags.BoolVar(&o.follow, "follow", false, "go on telling as it happens, until interrupted")
	flags.BoolVar(&o.window, "window", false, "show it in a window, to be read again")
	command.RunE = func(command *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		if err := o.complete(time.Now()); err != nil {
			return err
		}
		queue, err := c.queueName()
		if err != nil {
			return err
		}
		find := ledger.Own
		if mailbox.Administrator() && !o.own && !o.window {
			find = ledger.Administrators
		}
		place, err := find(queue)
		if err != nil {
			return err
		}
		switch {
		case o.window:
			return c.historyWindow(command.Context(), queue, place, o)
		case o.follow:
			return c.followHistory(command.Context(), place, o)
		}
		found, _, err := place.Read(ledger.Cursor{})
		if err != nil {
			return err
		}
		return c.tellHistory(newHistoryTable(c.stdout), o.selected(found))
	}
	return command
}

// complete checks the flags and reads since.
func (o *historyOptions) complete(now time.Time) error {
	if o.window && o.follow {
		return &usageError{problem: "--window and --follow do not go together"}
	}
	if o.id != "" {
		id, err := protocol.ParseID(o.id)
		if err != nil {
			return &usageError{problem: "--id: " + err.Error()}
		}
		o.id = id
	}
	if o.since == "" {
		return nil
	}
	if d, err := parseDuration(o.since); err == nil {
		o.from = now.Add(-d)
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, o.since, time.Local); err == nil {
			o.from = t
			return nil
		}
	}
	return &usageError{
		problem: fmt.Sprintf("--since: %q is neither a length of time nor a moment", o.since),
		hint:    "a length of time is like 90m or 7d, a moment like 2026-01-31 or 2026-01-31T16:00:00Z",
	}
}

// selected are the events that were asked for.
func (o *historyOptions) selected(all []ledger.Event) []ledger.Event {
	var selected []ledger.Event
	for _, e := range all {
		if o.id != "" && e.ID != o.id || e.Time.Before(o.from) || o.user != "" && !concerns(e, o.user) {
			continue
		}
		selected = append(selected, e)
	}
	return selected
}

// concerns compares as To does: of DOMAIN\name the name alone is enough.
func concerns(e ledger.Event, user string) bool {
	_, plain, qualified := strings.Cut(e.User, `\`)
	return strings.EqualFold(e.User, user) || qualified && strings.EqualFold(plain, user) || e.UID != "" && strings.EqualFold(e.UID, user)
}

// followHistory tells what there is and what comes, until ctx is done, whose
// error it returns.
func (c *call) followHistory(ctx context.Context, place ledger.Place, o *historyOptions) error {
	changes, err := place.Changes(ctx)
	if err != nil {
		return err
	}
	table := newHistoryTable(c.stdout)
	var at ledger.Cursor
	for range changes {
		found, end, err := place.Read(at)
		if errors.Is(err, ledger.ErrDamaged) {
			continue // whoever writes next moves it aside
		}
		if err != nil {
			return err
		}
		at = end
		if err := c.tellHistory(table, o.selected(found)); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.New("the ledger cannot be watched any more")
}

func (c *call) tellHistory(table *historyTable, events []ledger.Event) error {
	if !c.json {
		return table.write(events)
	}
	for _, e := range events {
		if err := c.writeJSON(e); err != nil {
			return err
		}
	}
	return nil
}

// historyTable writes events for people. What others wrote is quoted, so that
// nothing in it can steer a terminal. Columns have a width from the beginning,
// as nobody knows what comes.
type historyTable struct {
	to     io.Writer
	headed bool
}

func newHistoryTable(to io.Writer) *historyTable { return &historyTable{to: to} }

const historyRow = "%-19s  %-13s  %-7s  %-12s  %-36s  %s\n"

func (t *historyTable) write(events []ledger.Event) error {
	var b strings.Builder
	if !t.headed && len(events) > 0 {
		t.headed = true
		fmt.Fprintf(&b, historyRow, "TIME", "EVENT", "BY", "USER", "ID", "WHAT")
	}
	for _, e := range events {
		fmt.Fprintf(&b, historyRow, e.Time.Local().Format(time.DateTime), plain(e.Event), plain(e.By), plain(e.User), plain(e.ID), whatOf(e))
	}
	if _, err := io.WriteString(t.to, b.String()); err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// plain is a word for a table, quoted where it is not one.
func plain(word string) string {
	if word == "" {
		return "-"
	}
	quoted := fmt.Sprintf("%q", word)
	if strings.ContainsRune(word, ' ') {
		return quoted
	}
	return strings.Trim(quoted, `"`)
}

// whatOf is the rest of an event in one line.
func whatOf(e ledger.Event) string {
	parts := []string{plain(e.Kind)}
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf("%s=%q", name, value))
		}
	}
	add("title", e.Title)
	add("sender", e.Sender)
	add("choice", e.Choice)
	if e.Button != nil {
		parts = append(parts, fmt.Sprintf("button=%d", *e.Button))
	}
	if e.Seen {
		parts = append(parts, "seen")
	}
	if e.Count > 0 {
		parts = append(parts, fmt.Sprintf("count=%d", e.Count))
	}
	add("mailbox", e.Scope)
	add("session", e.Session)
	add("channel", e.Channel)
	add("why", e.Why)
	return strings.Join(parts, " ")
}

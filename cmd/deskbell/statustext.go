package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// text is the report of one mailbox for people. What others wrote is quoted, so
// that nothing in it can steer a terminal.
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
	waiting := 0
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ID\tKIND\tSTATE\tAGE\tTITLE")
	for _, m := range s.Messages {
		fmt.Fprintf(table, "%s\t%q\t%s\t%s\t%q\n", m.ID, m.Kind, m.State, m.age(), m.Title)
		if m.waits() {
			waiting++
		}
	}
	table.Flush()
	if waiting > 0 && len(s.Monitors) == 0 {
		fmt.Fprintf(&b, "Warning: %d of the messages wait, and nobody attends.\n", waiting)
	}
	return b.String()
}

func (m messageEntry) age() time.Duration { return time.Duration(m.Age) * time.Second }

// tables is the report of all mailboxes for people, one table for each thing
// that there is any of.
func (s statusReport) tables() string {
	var b strings.Builder
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	heading := func(format string) {
		table.Flush() // columns are of one table
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(table, format)
	}
	heading("QUEUE\tMAILBOX\tUSER\tATTENDED\tMESSAGES\tWAITING")
	for _, m := range s.Mailboxes {
		attended := "no"
		if m.Attended {
			attended = "yes"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%d\n", m.Queue, m.Scope, name(m.User), attended, m.Messages, m.Waiting)
	}
	if len(s.Monitors) > 0 {
		heading("QUEUE\tUSER\tSESSION\tPROCESS\tSTATE\tVERSION\tKINDS")
	}
	for _, a := range s.Monitors {
		fmt.Fprintf(table, "%s\t%s\t%q\t%d\t%q\t%q\t%q\n", a.Queue, name(a.User), a.Session, a.Pid, a.State, a.Version, strings.Join(a.Kinds, " "))
	}
	if len(s.Services) > 0 {
		heading("QUEUE\tSERVICE\tSTATE\tPROCESS")
	}
	for _, e := range s.Services {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\n", e.Queue, e.Name, e.State, e.Pid)
	}
	if len(s.Messages) > 0 {
		heading("QUEUE\tMAILBOX\tUSER\tID\tKIND\tSTATE\tAGE\tTITLE")
	}
	for _, m := range s.Messages {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%q\t%s\t%s\t%q\n", m.Queue, m.Scope, name(m.User), m.ID, m.Kind, m.State, m.age(), m.Title)
	}
	table.Flush()
	if len(s.Warnings) > 0 {
		b.WriteByte('\n')
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(&b, "Warning: %s.\n", w)
	}
	return b.String()
}

// name is a user's name, or a line for none.
func name(user string) string {
	if user == "" {
		return "-"
	}
	return strings.Trim(fmt.Sprintf("%q", user), `"`)
}

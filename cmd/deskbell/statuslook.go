package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/service"
)

// A statusBox is a mailbox that is looked at. Where it could not be opened, it
// has a problem and no Mailbox.
type statusBox struct {
	mailbox.Place
	user string
	own  bool
	*mailbox.Mailbox
	problem error
}

// statusBoxes are the mailboxes that status tells of: the caller's own of one
// queue, or all that he may look at.
func statusBoxes(ctx context.Context, queue string, all bool) ([]statusBox, error) {
	if !all {
		box, err := mailbox.OpenUser(queue)
		return []statusBox{{Place: mailbox.Place{Queue: queue, Scope: mailbox.ScopeUser}, own: true, Mailbox: box}}, err
	}
	desks, err := findDesks(ctx)
	if err != nil {
		return nil, err
	}
	queues, err := mailbox.Queues()
	if err != nil {
		return nil, err
	}
	made := slices.Clone(queues)
	for _, d := range desks {
		theirs, err := mailbox.UserQueues(d.uid)
		if err != nil && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
		queues = append(queues, theirs...)
	}
	queues = append(queues, queue)
	slices.Sort(queues)
	var boxes []statusBox
	for _, queue := range slices.Compact(queues) {
		found, err := boxesOf(queue, slices.Contains(made, queue), desks)
		if err != nil {
			return nil, err
		}
		boxes = append(boxes, found...)
	}
	return boxes, nil
}

// boxesOf are the mailboxes of one queue; made says that administrators have
// made some.
func boxesOf(queue string, made bool, desks []desk) ([]statusBox, error) {
	var boxes []statusBox
	add := func(scope mailbox.Scope, uid string) {
		b := statusBox{Place: mailbox.Place{Queue: queue, Scope: scope, UID: uid}, own: uid == desks[0].uid}
		if uid != "" {
			b.user = nameOf(uid, desks)
		}
		if b.Mailbox, b.problem = mailbox.Open(b.Place); !errors.Is(b.problem, fs.ErrPermission) {
			boxes = append(boxes, b)
		}
	}
	if made && mailbox.Administrator() {
		add(mailbox.ScopeMachine, "")
	}
	for _, d := range desks {
		add(mailbox.ScopeUser, d.uid)
	}
	if !made {
		return boxes, nil
	}
	users, err := mailbox.Users(queue)
	if err != nil {
		return nil, err
	}
	for _, uid := range users {
		if uid == desks[0].uid || mailbox.Administrator() {
			add(mailbox.ScopeAssigned, uid)
			add(mailbox.ScopeService, uid)
		}
	}
	return boxes, nil
}

// lookAll reads all mailboxes, as far as they can be read.
func lookAll(ctx context.Context, boxes []statusBox) statusReport {
	all := statusReport{Monitors: []attendantEntry{}, Messages: []messageEntry{}, Mailboxes: []mailboxEntry{}}
	attended := map[[2]string]bool{} // queue and user
	for _, b := range boxes {
		entry := mailboxEntry{Queue: b.Queue, Scope: string(b.Scope), User: b.user, UID: b.UID}
		s, err := statusReport{}, b.problem
		if err == nil {
			s, err = look(b.Mailbox)
		}
		if err != nil {
			entry.Error = err.Error()
		}
		for _, a := range s.Monitors {
			a.Queue, a.User, a.UID = b.Queue, b.user, b.UID
			all.Monitors = append(all.Monitors, a)
			attended[[2]string{b.Queue, b.UID}] = true
		}
		all.processes = append(all.processes, s.processes...)
		for _, m := range s.Messages {
			m.Queue, m.Scope, m.User, m.UID = b.Queue, string(b.Scope), b.user, b.UID
			all.Messages = append(all.Messages, m)
			entry.Messages++
			if m.waits() {
				entry.Waiting++
			}
		}
		all.Mailboxes = append(all.Mailboxes, entry)
	}
	all.Services = services(ctx, boxes)
	for i := range all.Mailboxes {
		e := &all.Mailboxes[i]
		switch mailbox.Scope(e.Scope) {
		case mailbox.ScopeUser, mailbox.ScopeAssigned:
			e.Attended = attended[[2]string{e.Queue, e.UID}]
		default:
			e.Attended = slices.ContainsFunc(all.Services, func(s serviceEntry) bool {
				return s.Queue == e.Queue && s.State == string(service.Running)
			})
		}
		if e.Waiting > 0 && !e.Attended {
			all.Warnings = append(all.Warnings, fmt.Sprintf("%d of the messages in the %s mailbox%s of queue %s wait, and nobody attends it",
				e.Waiting, e.Scope, of(e.User), e.Queue))
		}
		if e.Error != "" {
			all.Warnings = append(all.Warnings, fmt.Sprintf("the %s mailbox%s of queue %s cannot be read: %s", e.Scope, of(e.User), e.Queue, e.Error))
		}
	}
	return all
}

func of(user string) string {
	if user == "" {
		return ""
	}
	return fmt.Sprintf(" of %q", user)
}

// services are those of the queues that have a mailbox for one.
func services(ctx context.Context, boxes []statusBox) []serviceEntry {
	var entries []serviceEntry
	for _, b := range boxes {
		served := b.Scope == mailbox.ScopeMachine || b.Scope == mailbox.ScopeService
		if !served || slices.ContainsFunc(entries, func(e serviceEntry) bool { return e.Queue == b.Queue }) {
			continue
		}
		d := service.Definition{Queue: b.Queue}
		e := serviceEntry{Queue: b.Queue, Name: d.Name()}
		s, err := d.Status(ctx)
		e.State, e.Pid = string(s.State), s.Pid
		if err != nil {
			e.State, e.Error = cmp.Or(e.State, "unknown"), err.Error()
		}
		entries = append(entries, e)
	}
	return entries
}

// look reads the state of a mailbox.
func look(box *mailbox.Mailbox) (statusReport, error) {
	s := statusReport{Monitors: []attendantEntry{}, Messages: []messageEntry{}}
	attendants, err := box.Attending()
	if err != nil && !errors.Is(err, errors.ErrUnsupported) { // only user mailboxes know
		return s, err
	}
	for _, a := range attendants {
		s.Monitors = append(s.Monitors, attendantEntry{
			Session: a.Session, Pid: a.Pid, State: a.State, Version: a.Version, Kinds: a.Kinds, Locale: a.Locale,
		})
		s.processes = append(s.processes, process.ID{Pid: a.Pid, Started: a.Started})
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

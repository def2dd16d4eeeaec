package monitor

import (
	"errors"
	"io/fs"
	"reflect"
	"time"

	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// few is up to how many known messages are read again at every change of the
// inbox. Beyond it only what is new, unfinished or on screen is read, and the
// rest when its turn comes, so that a long queue costs what it is long once.
const few = 64

// scan brings the letters up to date with the inbox of a box.
func (m *monitor) scan(b *box) {
	m.stale = true
	ids, err := b.IDs()
	if err != nil {
		m.Log.Error("list the inbox", "err", err)
		return
	}
	m.scans++
	present := make(map[string]bool, len(ids))
	all := len(ids) <= few
	for _, id := range ids {
		present[id] = true
		l := m.letters[name{b, id}]
		if l == nil {
			l = &letter{box: b, id: id}
			m.letters[name{b, id}] = l
		}
		if all || !l.complete || l.window != nil {
			m.read(l)
		}
		if !all && l.window == nil {
			l.abridge()
		}
	}
	for n, l := range m.letters {
		if n.box != b || present[n.id] {
			continue
		}
		// A listing of the registry may leave out what is there while others are
		// being removed (RegEnumKeyEx); of what has its reply it is of no matter.
		if !l.spent && !b.Gone(n.id) {
			continue
		}
		l.gone = true
		if l.window == nil {
			if l.noted && !l.spent && !l.claimed {
				m.note(l, ledger.Event{Event: ledger.Withdrawn})
			}
			delete(m.letters, n)
		}
	}
}

// abridge keeps what a plan needs of a message, and has it read again before
// it is shown: many that wait, or that stay though replied to, must not fill
// the memory.
func (l *letter) abridge() {
	m := l.message
	l.message = protocol.Message{
		ID: m.ID, Kind: m.Kind, TTL: m.TTL, Expires: m.Expires, Urgency: m.Urgency,
		When: m.When, BusyMax: m.BusyMax, Quiet: m.Quiet, Session: m.Session, Percent: m.Percent,
	}
	if !l.spent {
		l.read, l.written = 0, time.Time{}
	}
}

// read brings one letter up to date.
func (m *monitor) read(l *letter) {
	if l.gone && l.window != nil {
		return // withdrawn and put again under the same id: after the window has closed
	}
	l.read = m.scans
	before := time.Now()
	entry, err := l.box.Get(l.id)
	if errors.Is(err, fs.ErrNotExist) {
		l.gone = true
		return
	}
	if err != nil {
		m.Log.Error("read a message", "id", l.id, "err", err)
		return
	}
	same := l.same(entry)
	l.readAt = before
	if same {
		return
	}
	if l.window != nil {
		m.update(l, entry.Message, entry.Problem, entry.Written)
		return
	}
	if !entry.Ready {
		return
	}
	if !l.complete {
		m.Log.Info("put", "id", l.id, "kind", entry.Message.Kind)
	}
	l.message, l.problem, l.complete = entry.Message, entry.Problem, true
	// Written again: the claim will tell what is still owed, and its sender whether
	// he is there.
	l.gone, l.spent, l.orphaned = false, false, false
	if l.claimed { // of one that was put again under its id, the claim has gone too
		state, _, err := l.box.State(l.id)
		l.claimed = err != nil || state == mailbox.Others
	}
	l.dated(entry.Written)
	if !entry.Written.Before(m.began) {
		m.noteQueued(l)
	}
}

// grain is more than how far apart two writes are that a store has one time for: a
// tick of the system's clock, 16 ms in Windows.
const grain = 100 * time.Millisecond

// same reports whether a letter is still as it was read. One that was read as soon
// as it was written may have been written once more within the same tick.
func (l *letter) same(entry mailbox.Entry) bool {
	if !l.complete || !entry.Written.Equal(l.written) {
		return false
	}
	if l.readAt.Sub(l.written).Abs() > grain || l.spent {
		return true // what has its reply is not asked again, whatever it says now
	}
	was, is := l.message, entry.Message
	if l.window != nil { // what is on screen follows in part
		was, is = was.Follow(was), was.Follow(is)
	}
	return l.problem == nil && entry.Problem == nil && reflect.DeepEqual(was, is)
}

// update follows a message that is on screen. One that was rewritten badly,
// or is being rewritten this moment, stays as it was.
func (m *monitor) update(l *letter, newer protocol.Message, problem error, written time.Time) {
	if problem != nil {
		m.Log.Warn("an update is not followed", "id", l.id, "err", problem)
		return
	}
	l.message = l.message.Follow(newer)
	l.dated(written)
	l.window.remindAt = earliest(l.window.remindAt, l.reminder(time.Now()))
	l.window.update(l.message, time.Now())
	m.Log.Info("updated", "id", l.id)
	if l.message.Kind != protocol.KindProgress { // which does little else
		m.note(l, m.told(l, ledger.Updated))
	}
}

func (l *letter) dated(written time.Time) {
	l.written, l.arrived = written, written
	if now := time.Now(); written.After(now) {
		l.arrived = now
	}
}

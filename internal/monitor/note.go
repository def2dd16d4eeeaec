package monitor

import (
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// note tells the ledger that something has happened to a letter. Commands to
// the monitor are nobody's message.
func (m *monitor) note(l *letter, e ledger.Event) {
	if m.Ledger == nil || l.message.Kind == protocol.KindControl {
		return
	}
	e.ID, e.Kind, e.Title, e.Sender = l.id, l.message.Kind, l.message.Title, l.message.Sender
	if m.Dialog != nil {
		e.Scope, e.User, e.Session = string(mailbox.ScopeUser), m.User, m.Session
		if l.box.trusted {
			e.Scope = string(mailbox.ScopeAssigned)
		}
	}
	m.Ledger(e)
}

// noteQueued is note for a message that was found, once. One that was there
// before the monitor is told of when it is claimed: it may have been spent.
func (m *monitor) noteQueued(l *letter) {
	if !l.noted {
		l.noted = true
		m.note(l, ledger.Event{Event: ledger.Queued, Time: l.arrived})
	}
}

// told is the event with what the person reads, as he reads it; of a masked
// question that is nobody else's.
func (m *monitor) told(l *letter, event string) ledger.Event {
	e := ledger.Event{Event: event}
	if m.Dialog != nil && !l.message.Mask {
		local := l.message.In(m.Languages)
		e.Text, e.Details = local.Text, local.Details
	}
	return e
}

// noteReply is note for the end of a letter.
func (m *monitor) noteReply(l *letter, reply protocol.Reply) {
	e := ledger.Event{
		Event: string(reply.Status), Channel: reply.Channel, Choice: reply.Choice, Seen: reply.Seen,
		ShownAt: ledger.At(reply.ShownAt), AnsweredAt: ledger.At(reply.AnsweredAt),
		User: reply.User, Session: reply.Session, Why: reply.Error,
	}
	if reply.Button != protocol.NoButton {
		e.Button = &reply.Button
	}
	if l.message.Mask {
		e.Why = "" // it is about what was typed, perhaps
	}
	m.note(l, e)
}

// noteExpired is note for a message that was of no use any more before it could
// be shown.
func (m *monitor) noteExpired(message protocol.Message) {
	m.note(&letter{box: m.own, id: message.ID, message: message}, ledger.Event{Event: string(protocol.StatusExpired)})
}

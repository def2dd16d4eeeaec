package delivery

import (
	"github.com/deskbell/deskbell/internal/ledger"
	"github.com/deskbell/deskbell/protocol"
)

// note tells the ledger that something has happened to the letter.
func (l *letter) note(e ledger.Event) {
	if l.to.self {
		return
	}
	e.Scope, e.UID = string(l.to.place.Scope), l.to.session.UID
	if e.User == "" {
		e.User = l.to.session.User
	}
	if e.Session == "" {
		e.Session = l.to.session.ID
	}
	l.delivery.note(e)
}

func (d *Delivery) note(e ledger.Event) {
	if d.options.Ledger == nil || d.message.Kind == protocol.KindControl {
		return
	}
	e.ID, e.Kind, e.Title, e.Sender = d.id, d.message.Kind, d.message.Title, d.message.Sender
	d.options.Ledger(e)
}

// noteResult is note for the end of the letter.
func (l *letter) noteResult(r Result) {
	e := ledger.Event{
		Event: string(r.Outcome), User: r.User, Session: r.Session,
		Channel: r.Reply.Channel, Choice: r.Reply.Choice, Seen: r.Reply.Seen,
		ShownAt: ledger.At(r.Reply.ShownAt), AnsweredAt: ledger.At(r.Reply.AnsweredAt),
	}
	if button := r.Reply.Button; r.Reply.Status == protocol.StatusAnswered && button != protocol.NoButton {
		e.Button = &button
	}
	if r.Err != nil && !l.message.Mask { // of a masked one it may be about what was typed
		e.Why = r.Err.Error()
	}
	l.note(e)
}

// noteAbsent tells who was meant and is not there.
func (d *Delivery) noteAbsent() {
	for _, absent := range d.absent {
		r := absent.result()
		d.note(ledger.Event{Event: string(r.Outcome), User: absent.To, Why: r.Err.Error()})
	}
}

package monitor

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/deskbell/deskbell/protocol"
)

// letter is what the monitor knows of one message in the Inbox. It is
// knowledge only: the truth is in the mailbox.
type letter struct {
	box      *box
	id       string
	message  protocol.Message
	problem  error     // why it must be rejected
	read     int       // the scan that read it last
	complete bool      // Ready
	written  time.Time // last write, as the store tells it
	readAt   time.Time // when it was last read
	arrived  time.Time // from when its age counts
	gone     bool      // no longer in the Inbox
	orphaned bool      // the process that waits for the answer is gone
	spent    bool      // replied to, by whomever
	noted    bool      // the ledger knows of it
	// unwritten tells that the reply could not be written yet.
	unwritten bool
	// claimed tells that another monitor holds it; retry is when to look
	// whether it still does, where nothing else will tell.
	claimed bool
	retry   time.Time
	window  *window // nil = not being processed
}

// window is a message that is being processed.
type window struct {
	opened   time.Time
	deadline time.Time     // of Timeout, zero = none
	left     time.Duration // of Timeout while its clock stands still
	remindAt time.Time     // of Remind, zero = never
	raised   int           // how often it has come to the front again
	closing  bool
	doubted  bool // its failure is
	seen     bool // before the person went away
	cancel   context.CancelCauseFunc
	updates  chan protocol.Message // of one; the owner replaces what nobody took
}

// expiry is when the message becomes useless, zero = never.
func (l *letter) expiry() time.Time {
	at := l.message.Expires
	if l.message.TTL > 0 {
		if end := l.arrived.Add(time.Duration(l.message.TTL) * time.Second); at.IsZero() || end.Before(at) {
			at = end
		}
	}
	return at
}

// when is what to do about a person who is away or busy. A command to the
// monitor concerns nobody.
func (l *letter) when() string {
	switch {
	case l.message.Kind == protocol.KindControl:
		return protocol.WhenShow
	case l.message.When != "":
		return l.message.When
	case l.message.Urgency == protocol.UrgencyCritical:
		return protocol.WhenShow
	}
	return protocol.WhenWait
}

// pause stops the clock of the window; goOn starts it again.
func (w *window) pause(now time.Time) {
	if !w.deadline.IsZero() {
		w.left, w.deadline = w.deadline.Sub(now), time.Time{}
	}
}

func (w *window) goOn(now time.Time) {
	if w.left > 0 {
		w.left, w.deadline = 0, now.Add(w.left)
	}
}

// update hands the message to the processor, in place of an earlier one that
// it has not taken yet.
func (w *window) update(m protocol.Message, now time.Time) {
	m.Timeout, m.Raised = 0, w.raised
	if !w.deadline.IsZero() {
		left := w.deadline.Sub(now)
		m.Timeout = max(1, int((left+time.Second-1)/time.Second))
	}
	select {
	case <-w.updates:
	default:
	}
	w.updates <- m
}

// compare orders letters that wait for the screen: by urgency, then by age.
func (l *letter) compare(other *letter) int {
	return cmp.Or(
		cmp.Compare(rank(other.message.Urgency), rank(l.message.Urgency)),
		l.arrived.Compare(other.arrived),
		l.compareNames(other),
	)
}

// compareNames orders letters where nothing else does: always the same way.
func (l *letter) compareNames(other *letter) int {
	return cmp.Or(strings.Compare(l.id, other.id), trustedFirst(l.box.trusted, other.box.trusted))
}

func trustedFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func rank(urgency string) int {
	switch urgency {
	case protocol.UrgencyLow:
		return 0
	case protocol.UrgencyCritical:
		return 2
	}
	return 1
}

package monitor

import (
	"context"
	"fmt"
	"maps"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/processor"
	"github.com/deskbell/deskbell/protocol"
)

// box is a mailbox under attendance.
type box struct {
	*mailbox.Mailbox
	trusted    bool // administrators alone put what is in it
	processors map[string]processor.Processor
	changes    <-chan struct{} // nil = not watched
}

// watched is changes, also of no box.
func (b *box) watched() <-chan struct{} {
	if b == nil {
		return nil
	}
	return b.changes
}

// name tells a message from all others that the monitor knows: what two
// mailboxes have under one id are two messages.
type name struct {
	box *box
	id  string
}

// boxes are those under attendance.
func (m *monitor) boxes() []*box {
	if m.assigned == nil {
		return []*box{m.own}
	}
	return []*box{m.own, m.assigned}
}

// watch begins to watch the boxes. That the assigned one cannot be watched
// keeps nobody from asking in the other.
func (m *monitor) watch(ctx context.Context) error {
	changes, err := m.own.Changes(ctx)
	if err != nil {
		return fmt.Errorf("watch the inbox of queue %s: %w", m.Queue, err)
	}
	m.own.changes = changes
	if m.assigned == nil {
		return nil
	}
	if err := m.assigned.Disown(); err != nil {
		m.Log.Warn("look at the claims of the assigned mailbox", "err", err)
	}
	if m.assigned.changes, err = m.assigned.Changes(ctx); err != nil {
		m.Log.Error("watch the assigned inbox", "err", err)
	}
	return nil
}

// changed reads what is new in a box, after an answer that waits.
func (m *monitor) changed(b *box) {
	m.hear()
	m.scan(b)
}

func (m *monitor) scanAll() {
	for _, b := range m.boxes() {
		m.scan(b)
	}
}

// lookForProcessors finds out what handles the messages of each box.
func (m *monitor) lookForProcessors() {
	for _, b := range m.boxes() {
		b.processors = m.builtin(b)
		if m.Processors != nil {
			maps.Copy(b.processors, m.Processors(b.trusted))
		}
	}
}

// builtin are Deskbell's own, for which there has to be somebody to look.
func (m *monitor) builtin(b *box) map[string]processor.Processor {
	if m.Dialog == nil {
		return map[string]processor.Processor{}
	}
	question := processor.Question{Dialog: m.Dialog, Viewer: dialog.Viewer{
		Languages: m.Languages, Queue: m.Queue, User: m.User, Trusted: b.trusted,
		Organisation: m.policy.Organisation, Ladder: m.policy.Ladder,
	}}
	return map[string]processor.Processor{
		protocol.KindPopup:    question,
		protocol.KindInput:    question,
		protocol.KindChoose:   question,
		protocol.KindNotify:   question,
		protocol.KindProgress: question,
		protocol.KindControl:  processor.Control{},
	}
}

// processor is what handles the messages of a kind in a box, nil = nothing.
func (m *monitor) processor(b *box, kind string) processor.Processor {
	if p := b.processors[kind]; p != nil {
		return p
	}
	return m.Other
}

func (m *monitor) handles(l *letter) bool { return m.processor(l.box, l.message.Kind) != nil }

// beside reports whether a letter waits for no other's window to close.
func (m *monitor) beside(l *letter) bool { return m.Dialog == nil || processor.Beside(l.message.Kind) }

package processor

import (
	"context"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// Question shows popup, input, choose, notify and progress messages in a
// dialog.
type Question struct {
	Dialog dialog.Dialog
	Viewer dialog.Viewer
}

// Process implements Processor.
func (p Question) Process(ctx context.Context, m protocol.Message, updates <-chan protocol.Message) (protocol.Reply, error) {
	following, stop := context.WithCancel(ctx)
	questions := make(chan dialog.Question)
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.follow(following, m, updates, questions)
	}()
	reply, err := p.Dialog.Show(ctx, p.question(m), questions)
	stop()
	<-done
	if err != nil || m.SealTo == "" || reply.Answer == "" && !m.Accepts(reply.Button) {
		return reply, err
	}
	reply.Answer, err = protocol.Seal(reply.Answer, m.SealTo)
	return reply, err
}

func (p Question) question(m protocol.Message) dialog.Question {
	q := dialog.NewQuestion(m, p.Viewer)
	if m.Timeout > 0 {
		q.Deadline = time.Now().Add(time.Duration(m.Timeout) * time.Second)
	}
	return q
}

// follow turns messages into questions until ctx is done; of those that the
// dialog has not taken yet only the latest is kept.
func (p Question) follow(ctx context.Context, m protocol.Message, updates <-chan protocol.Message, questions chan<- dialog.Question) {
	var latest dialog.Question
	var to chan<- dialog.Question
	for {
		select {
		case newer, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			raise := latest.Raise && to != nil || rank(newer.Urgency) > rank(m.Urgency) || newer.Raised > m.Raised
			m = newer
			latest, to = p.question(m), questions
			latest.Raise = raise
		case to <- latest:
			to = nil
		case <-ctx.Done():
			return
		}
	}
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

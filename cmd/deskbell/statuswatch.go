package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
)

// watchStatus tells the status now and at each change, until ctx is done, whose
// error it returns.
func (c *call) watchStatus(ctx context.Context, queue string, all bool) error {
	ctx, stop := context.WithCancel(ctx)
	w := &statusWatch{ctx: ctx, changed: make(chan struct{}, 1), boxes: map[mailbox.Place]watchedBox{}, ends: map[process.ID]context.CancelFunc{}}
	defer w.watchers.Wait()
	defer stop()
	if all {
		sessions, err := session.Changes(ctx)
		if err != nil {
			return err
		}
		w.hear(sessions)
	} else {
		w.signal()
	}
	var last string
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.changed:
		}
		boxes, err := statusBoxes(ctx, queue, all)
		if err != nil {
			return err
		}
		boxes, err = w.keep(boxes)
		if err != nil {
			return err
		}
		s, err := c.lookAround(ctx, queue, all, boxes)
		if err != nil {
			return err
		}
		w.await(s.processes)
		now, err := s.unaged()
		if err != nil {
			return err
		}
		if now == last {
			continue
		}
		if last != "" && !c.json && c.out == "" {
			if err := c.write("\n"); err != nil {
				return err
			}
		}
		last = now
		if err := c.tellStatus(s, nil); err != nil {
			return err
		}
	}
}

// A statusWatch hears of changes of mailboxes and sessions, and of monitors that
// end without a word.
type statusWatch struct {
	ctx      context.Context
	changed  chan struct{}
	watchers sync.WaitGroup
	boxes    map[mailbox.Place]watchedBox
	ends     map[process.ID]context.CancelFunc // of monitors that are waited for
}

type watchedBox struct {
	*mailbox.Mailbox
	stop context.CancelFunc
}

func (w *statusWatch) signal() {
	select {
	case w.changed <- struct{}{}:
	default: // one waits already
	}
}

// hear passes signals on until there are no more.
func (w *statusWatch) hear(signals <-chan struct{}) {
	w.watchers.Go(func() {
		for range signals {
			w.signal()
		}
	})
}

// keep watches the mailboxes that are new, and none that is gone. It returns
// them, the ones that were there before as they are open.
func (w *statusWatch) keep(boxes []statusBox) ([]statusBox, error) {
	there := map[mailbox.Place]bool{}
	for i, b := range boxes {
		there[b.Place] = true
		if b.problem != nil {
			continue
		}
		if known, ok := w.boxes[b.Place]; ok {
			boxes[i].Mailbox = known.Mailbox
			continue
		}
		ctx, stop := context.WithCancel(w.ctx)
		w.boxes[b.Place] = watchedBox{b.Mailbox, stop}
		if !b.own && b.Scope == mailbox.ScopeUser && !watchesOthers {
			continue
		}
		changes, err := b.Watch(ctx)
		if err != nil {
			return nil, fmt.Errorf("watch the %s mailbox%s of queue %s: %w", b.Scope, of(b.user), b.Queue, err)
		}
		w.hear(changes)
	}
	for place, box := range w.boxes {
		if !there[place] {
			box.stop()
			delete(w.boxes, place)
		}
	}
	return boxes, nil
}

// await waits for the end of these processes, and of no others.
func (w *statusWatch) await(ids []process.ID) {
	for _, id := range ids {
		if w.ends[id] != nil {
			continue
		}
		ctx, stop := context.WithCancel(w.ctx)
		w.ends[id] = stop
		w.watchers.Go(func() {
			if process.Wait(ctx, id) == nil {
				w.signal()
			}
		})
	}
	for id, stop := range w.ends {
		if !slices.Contains(ids, id) {
			stop()
			delete(w.ends, id)
		}
	}
}

// unaged is the report without what changes by itself.
func (s statusReport) unaged() (string, error) {
	messages := make([]messageEntry, len(s.Messages))
	for i, m := range s.Messages {
		m.Age = 0
		messages[i] = m
	}
	s.Messages = messages
	text, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("compare with what was told before: %w", err)
	}
	return string(text), nil
}

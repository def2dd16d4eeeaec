package mailbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

// LogTo has log told, once, when changes can be noticed only slowly, as on Linux
// where inotify has reached its limit. It must be called before any watch.
func (b *Mailbox) LogTo(log *slog.Logger) {
	if s, ok := b.store.(interface{ logTo(log *slog.Logger) }); ok {
		s.logTo(log)
	}
}

// Watch signals once as soon as the mailbox is watched, and then after every
// change of messages, replies or of who attends; several changes may become one
// signal. What is missing is made where that is the caller's. The channel is
// closed when ctx is done, or when nothing of it can be watched any more.
func (b *Mailbox) Watch(ctx context.Context) (<-chan struct{}, error) {
	signals := make(chan struct{}, 1)
	watching, stop := context.WithCancel(ctx)
	var boxes sync.WaitGroup
	for _, box := range []Box{Inbox, Outbox, Monitor} {
		changes, err := b.store.Watch(watching, box)
		if errors.Is(err, errNoMonitor) {
			continue
		}
		if err != nil {
			stop()
			boxes.Wait()
			return nil, err
		}
		boxes.Go(func() {
			for range changes {
				select {
				case signals <- struct{}{}:
				default: // one waits already
				}
			}
		})
	}
	go func() {
		defer close(signals)
		defer stop()
		boxes.Wait()
	}()
	return signals, nil
}

// UserQueues returns the queues that a user has a user mailbox of, sorted; "" is
// the caller. Others' are for administrators to see.
func UserQueues(uid string) ([]string, error) {
	p, err := Place{Queue: anyQueue, Scope: ScopeUser, UID: uid}.normal()
	if err != nil {
		return nil, fmt.Errorf("list the queues of a user: %w", err)
	}
	queues, err := listUserQueues(p)
	if err != nil {
		return nil, fmt.Errorf("list the queues of user %s: %w", p.UID, err)
	}
	return queues, nil
}

// anyQueue stands for each, where only what leads to queues matters.
const anyQueue = "any"

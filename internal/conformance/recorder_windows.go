package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// snapshots looks at both boxes each time that something has changed. Changes
// that follow each other fast become one.
type snapshots struct {
	k    keys
	stop context.CancelFunc
	done chan struct{}

	mu      sync.Mutex
	history map[mailbox.Box]map[string][]record // guarded by mu; by folded name
	early   map[string]bool                     // guarded by mu; replies that went before their messages
	err     error                               // guarded by mu
}

func (k keys) watch(ctx context.Context) (recorder, error) {
	ctx, stop := context.WithCancel(ctx)
	// Notifications that tell of values too, as well as of keys.
	b, err := mailbox.OpenUser(k.queue)
	if err != nil {
		stop()
		return nil, err
	}
	changes, err := b.Watch(ctx)
	if err != nil {
		stop()
		return nil, err
	}
	s := &snapshots{
		k: k, stop: stop, done: make(chan struct{}), early: map[string]bool{},
		history: map[mailbox.Box]map[string][]record{mailbox.Inbox: {}, mailbox.Outbox: {}},
	}
	go func() {
		defer close(s.done)
		for range changes {
			s.look()
		}
	}()
	return s, nil
}

func (s *snapshots) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	there := map[mailbox.Box]map[string]bool{}
	for _, box := range []mailbox.Box{mailbox.Outbox, mailbox.Inbox} {
		names, err := s.k.names(box)
		s.err = errors.Join(s.err, err)
		there[box] = map[string]bool{}
		for _, name := range names {
			r, err := s.k.read(box, name)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			s.err = errors.Join(s.err, err)
			name = protocol.Fold(name)
			there[box][name] = true
			past := s.history[box][name]
			if len(past) == 0 || len(changed(past[len(past)-1], r, func(string) bool { return false })) > 0 {
				s.history[box][name] = append(past, r)
			}
		}
	}
	for name, past := range s.history[mailbox.Outbox] {
		// The message was looked at after the reply, so that it is not early
		// that went together.
		if past[len(past)-1].ready() && !there[mailbox.Outbox][name] && there[mailbox.Inbox][name] {
			s.early[name] = true
		}
	}
}

func (s *snapshots) message(id string) string { return s.late(mailbox.Inbox, id, live) }

func (s *snapshots) reply(id string) string {
	return s.late(mailbox.Outbox, id, func(string) bool { return false })
}

// late says which values came after Ready.
func (s *snapshots) late(box mailbox.Box, id string, may func(string) bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	past := s.history[box][protocol.Fold(id)]
	for i, r := range past {
		if !r.ready() {
			continue
		}
		for _, later := range past[i+1:] {
			if names := changed(r, later, may); len(names) > 0 {
				return fmt.Sprintf(`%s: Ready was 1 before %s was written`, s.k.path(box, id), strings.Join(names, ", "))
			}
		}
		return ""
	}
	return ""
}

func (s *snapshots) removal(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.early[protocol.Fold(id)] {
		return `Outbox\` + id + ` was removed before Inbox\` + id
	}
	return ""
}

// looks: Windows tells nobody who reads a key.
func (s *snapshots) looks(string) (int, bool) { return 0, false }

func (s *snapshots) close() error {
	s.stop()
	<-s.done
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

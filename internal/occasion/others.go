package occasion

import (
	"context"
	"sync"
	"time"

	"github.com/deskbell/deskbell/internal/session"
)

// others waits for other people's sessions, which the system tells about, and
// their monitors.
func (w waiting) others(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var watchers sync.WaitGroup
	defer watchers.Wait()
	defer stop()
	changes, err := w.Computer.Changes(ctx)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	hear := func(signals <-chan struct{}) {
		watchers.Go(func() {
			for range signals {
				select {
				case changed <- struct{}{}:
				default:
				}
			}
		})
	}
	hear(changes)
	desks := map[string]Desk{}
	for {
		meant, err := w.meant(ctx)
		if err != nil {
			return err
		}
		if w.Kind == Free {
			for _, s := range meant {
				if desks[s.UID] != nil {
					continue
				}
				desk, err := w.Computer.Desk(ctx, w.Queue, s.UID)
				if err != nil {
					return err
				}
				signals, err := desk.Watch(ctx)
				if err != nil {
					return err
				}
				desks[s.UID] = desk
				hear(signals)
			}
		}
		later, so, err := w.so(ctx, meant, desks)
		if err != nil || so {
			return err
		}
		if err := w.next(ctx, changed, meant, later); err != nil {
			return err
		}
	}
}

// so reports whether it is so with everybody who is meant; if not, later is how
// long it will take at least, 0 where nothing but a change can make it so.
func (w waiting) so(ctx context.Context, meant []session.Session, desks map[string]Desk) (later time.Duration, so bool, err error) {
	switch w.Kind {
	case Logon:
		return 0, len(meant) > 0, nil
	case Closed:
		_, runs, err := w.runs(meant)
		return 0, !runs, err
	}
	so = true
	for _, s := range meant {
		switch {
		case w.Kind == Idle:
			later = max(later, w.For-s.Idle)
			so = so && s.Idle >= w.For
		case s.State.Away():
			so = false
		case w.Kind == Free:
			is, err := busy(desks[s.UID], s)
			if err != nil {
				return 0, false, err
			}
			so = so && !is
		}
	}
	return later, so, ctx.Err()
}

// next blocks until it is worth looking again.
func (w waiting) next(ctx context.Context, changed <-chan struct{}, meant []session.Session, later time.Duration) error {
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	var timer <-chan time.Time
	if later > 0 {
		t := time.NewTimer(later)
		defer t.Stop()
		timer = t.C
	}
	var ended chan error
	if w.Kind == Closed {
		ended = make(chan error, 1)
		id, found, err := w.runs(meant)
		if err != nil || !found {
			return err
		}
		go func() { ended <- w.Computer.Wait(waiting, id) }()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
		if ended != nil {
			stop()
			<-ended
		}
		return nil
	case <-timer:
		return nil
	case err := <-ended:
		return err
	}
}

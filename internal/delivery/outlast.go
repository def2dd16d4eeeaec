package delivery

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
)

// appearWait is how long a monitor may take to say that it attends which has
// been started as nobody knows what. It is shorter than shortLife: one that does
// not come has failed.
const appearWait = displayWait + 5*time.Second

// outlast blocks until a monitor has ended, or until it is clear that the one
// that was started never came. The error is that of ctx.
func (l *letter) outlast(ctx context.Context, id process.ID) error {
	if l.unknown {
		l.unknown = false
		appeared, err := l.appears(ctx)
		if err != nil || appeared == (process.ID{}) {
			if err != nil && ctx.Err() == nil {
				l.delivery.options.Log.Warn("look whether a monitor has come", "id", l.delivery.id, "err", err)
			}
			return ctx.Err()
		}
		id = appeared
	}
	return l.delivery.options.Computer.Wait(ctx, id)
}

// appears waits for a monitor to attend, the zero ID when none does in time.
func (l *letter) appears(ctx context.Context) (process.ID, error) {
	place := l.to.place
	place.Scope = mailbox.ScopeUser
	box, err := l.delivery.options.Computer.Open(place)
	if err != nil {
		return process.ID{}, err
	}
	waiting, stop := context.WithTimeout(ctx, appearWait)
	changes, err := box.Watch(waiting)
	if err != nil {
		stop()
		return process.ID{}, fmt.Errorf("watch who attends: %w", err)
	}
	defer func() {
		stop()
		for range changes { // until it has ended
		}
	}()
	for range changes {
		if id, found, err := l.attends(); err != nil || found {
			return id, err
		}
	}
	return process.ID{}, ctx.Err()
}

package delivery

import (
	"context"
	"errors"
)

// seek looks whether somebody who may be logged off is there, and where.
func (l *letter) seek(ctx context.Context) (bool, error) {
	s, found, err := l.session(ctx)
	if found {
		l.to.session = s
	}
	return found, err
}

// awaitLogon blocks until the recipient is logged on, as the system tells. The
// error says that it does not, or is that of ctx.
func (l *letter) awaitLogon(ctx context.Context) error {
	if there, err := l.seek(ctx); err != nil || there {
		return err
	}
	watching, stop := context.WithCancel(ctx)
	changes, err := l.delivery.options.Computer.Changes(watching)
	if err != nil {
		stop()
		return err
	}
	defer func() {
		stop()
		for range changes { // until it has ended
		}
	}()
	for range changes {
		if there, err := l.seek(ctx); err != nil || there {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errors.New("the watch for log-ons has ended")
}

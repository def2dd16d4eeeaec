package service

import (
	"context"
	"errors"
)

// Work is what a service does until ctx is done. A signal on sessions says that
// a session came, went or changed since the last one, and there is one at the
// beginning. The service counts as started when Work receives that first one:
// what it cannot do without is to be done before, and an error until then is
// why the service could not be started.
type Work func(ctx context.Context, sessions <-chan struct{}) error

// Run does the work of the service and returns its error. Where the service
// manager started this process, it is told how the work goes, and ends it; else
// the work runs in the foreground until ctx is done.
func Run(ctx context.Context, d Definition, work Work) error { return run(ctx, d, work) }

// serve does the work and hands on signals of changes, of which only one waits.
// ready is called when work receives the first.
func serve(ctx context.Context, work Work, changes <-chan struct{}, ready func()) error {
	sessions := make(chan struct{})
	done := make(chan error, 1)
	go func() { done <- work(ctx, sessions) }()
	waiting, begun := sessions, false
	for {
		select {
		case waiting <- struct{}{}:
			waiting = nil
			if !begun {
				begun = true
				ready()
			}
		case _, open := <-changes:
			if !open {
				changes = nil
				continue
			}
			waiting = sessions
		case err := <-done:
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return nil // as it was told to
			}
			return err
		}
	}
}

// Package restart has the computer restarted at a time. The system keeps the
// plan, not a process of ours: logind, or Windows' own shutdown. A restart that
// comes earlier, for whatever reason, ends the plan.
package restart

import (
	"context"
	"fmt"
	"time"
)

// Plan is a restart that is to be.
type Plan struct {
	At time.Time
	// Why is told to people by the system: a sentence.
	Why string
	// Force ends programs that do not end by themselves, with what has not been
	// saved in them. Without it Windows asks what is to be done with them; logind
	// knows no such difference.
	Force bool
}

// PendingError tells that the computer is to be restarted, or switched off,
// already. At is zero where the system does not say when.
type PendingError struct{ At time.Time }

func (e *PendingError) Error() string {
	if e.At.IsZero() {
		return "the computer is about to be restarted or switched off already"
	}
	return "the computer is to be restarted or switched off already, " + e.At.Local().Format("2006-01-02 15:04")
}

// System is what restarts the computer.
type System struct{ system }

// Owner is who keeps a plan: "logind" or "windows".
func (s System) Owner() string { return s.owner() }

// Schedule hands a plan over to the system. It needs the rights of an
// administrator. The error is a *PendingError where there is one that comes no
// later. It does not block for longer than the system takes to answer; a
// cancelled ctx ends that.
func (s System) Schedule(ctx context.Context, p Plan) error {
	if err := s.schedule(ctx, p); err != nil {
		return fmt.Errorf("schedule a restart: %w", err)
	}
	return nil
}

// Pending is when the computer is to be restarted or switched off, zero where
// nothing is planned. On Windows it knows of plans of Schedule's alone.
func (s System) Pending(ctx context.Context) (time.Time, error) {
	at, err := s.pending(ctx)
	if err != nil {
		err = fmt.Errorf("look for a restart that is planned: %w", err)
	}
	return at, err
}

// Cancel takes the plan back, whosever it is; no error where there is none.
func (s System) Cancel(ctx context.Context) error {
	if err := s.cancel(ctx); err != nil {
		return fmt.Errorf("cancel a restart: %w", err)
	}
	return nil
}

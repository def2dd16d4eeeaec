package delivery

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/session"
)

// TestStartedUnknown has monitors started of which it is not known which process
// they are: one that comes is waited for, and that none comes is told.
func TestStartedUnknown(t *testing.T) {
	t.Setenv("DESKBELL_RUNTIME_DIR", "")
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, people: map[string]*desk{}, admin: true}
		o.enter("anna", yes)
		options := o.options()
		starts := 0
		options.Computer.Start = func(context.Context, session.Session, string) (process.ID, error) {
			starts++
			return process.ID{}, nil
		}
		results, err := Send(t.Context(), to("all"), options)
		if err != nil || results[0].Outcome != NoMonitor || !errors.Is(results[0].Err, errEnds) || starts != maxStarts {
			t.Errorf("none comes: %+v, %v, %d starts", results, err, starts)
		}
	})
	o := newOffice(t)
	o.enter("anna", yes)
	options := o.options()
	options.Computer.Start = func(ctx context.Context, s session.Session, queue string) (process.ID, error) {
		time.AfterFunc(time.Millisecond, func() {
			if _, err := o.start(ctx, s, queue); err != nil {
				t.Error(err)
			}
		})
		return process.ID{}, nil
	}
	results, err := Send(t.Context(), to("all"), options)
	if err != nil || results[0].Outcome != Answered {
		t.Errorf("one comes: %+v, %v", results, err)
	}
}

package restart

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/win"
)

// asked is what Windows was asked for.
type asked struct {
	err     error
	plans   []Plan
	seconds []int
	aborted int
}

// own is Windows but for the restart, with a memory of the test's own.
func own(t *testing.T) (System, *asked) {
	folder := fmt.Sprintf(`SOFTWARE\Deskbell-test-restart-%d`, os.Getpid())
	a := &asked{}
	s := System{system{
		memory: folder + `\Restart`,
		initiate: func(p Plan, seconds int) error {
			if a.err == nil {
				a.plans, a.seconds = append(a.plans, p), append(a.seconds, seconds)
			}
			return a.err
		},
		abort: func() error { a.aborted++; return windows.ERROR_NO_SHUTDOWN_IN_PROGRESS },
	}}
	t.Cleanup(func() {
		for _, path := range []string{folder + `\Restart`, folder} {
			if err := registry.DeleteKey(registry.LOCAL_MACHINE, path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Error(err)
			}
		}
	})
	return s, a
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestSchedule(t *testing.T) {
	s, a := own(t)
	ctx := t.Context()
	if at, err := s.Pending(ctx); !at.IsZero() || err != nil {
		t.Fatalf("before: %v, %v", at, err)
	}
	check(t, s.Cancel(ctx)) // nothing to do
	first := time.Now().Add(4 * time.Hour).Truncate(time.Second)
	check(t, s.Schedule(ctx, Plan{At: first, Why: "Acme", Force: true}))
	if at, err := s.Pending(ctx); !at.Equal(first) || err != nil {
		t.Errorf("pending is %v, %v, want %v", at, err, first)
	}
	if a.plans[0].Why != "Acme" || !a.plans[0].Force || a.seconds[0] < 4*3600-60 || a.seconds[0] > 4*3600 {
		t.Errorf("asked for %+v", a)
	}
	// One that comes later is no use.
	var pending *PendingError
	if err := s.Schedule(ctx, Plan{At: first.Add(time.Hour)}); !errors.As(err, &pending) || !pending.At.Equal(first) {
		t.Errorf("a later one: %v", err)
	}
	// One that comes earlier takes its place.
	before := a.aborted
	check(t, s.Schedule(ctx, Plan{At: first.Add(-time.Hour)}))
	if at, err := s.Pending(ctx); !at.Equal(first.Add(-time.Hour)) || err != nil || a.aborted != before+1 {
		t.Errorf("an earlier one: %v, %v, aborted %d times", at, err, a.aborted-before)
	}
	check(t, s.Cancel(ctx))
	if at, err := s.Pending(ctx); !at.IsZero() || err != nil {
		t.Errorf("cancelled: %v, %v", at, err)
	}
}

func TestScheduleOverSomebodyElses(t *testing.T) {
	s, a := own(t)
	for _, a.err = range []error{windows.ERROR_SHUTDOWN_IS_SCHEDULED, windows.ERROR_SHUTDOWN_IN_PROGRESS} {
		var pending *PendingError
		if err := s.Schedule(t.Context(), Plan{At: time.Now()}); !errors.As(err, &pending) {
			t.Errorf("%v: %v", a.err, err)
		}
	}
	a.err = windows.ERROR_PRIVILEGE_NOT_HELD
	if err := s.Schedule(t.Context(), Plan{At: time.Now()}); !errors.Is(err, a.err) {
		t.Errorf("without the right: %v", err)
	}
	if at, err := s.Pending(t.Context()); !at.IsZero() || err != nil {
		t.Errorf("remembered: %v, %v", at, err)
	}
}

// A plan that has not been carried out is none any more.
func TestPlanIsOver(t *testing.T) {
	s, _ := own(t)
	check(t, s.remember(time.Now().Add(-overdue-time.Minute)))
	if at, err := s.Pending(t.Context()); !at.IsZero() || err != nil {
		t.Errorf("%v, %v", at, err)
	}
	check(t, s.Schedule(t.Context(), Plan{At: time.Now().Add(time.Hour)}))
}

// What is remembered goes with the restart, as Windows forgets its own plan too.
func TestPlanIsVolatile(t *testing.T) {
	s, _ := own(t)
	check(t, s.Schedule(t.Context(), Plan{At: time.Now().Add(time.Hour)}))
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, s.key(), registry.ALL_ACCESS)
	check(t, err)
	defer key.Close()
	// A key that stays cannot be made below one that goes.
	lasting, _, err := win.CreateKey(windows.Handle(key), "Lasting", 0, windows.KEY_SET_VALUE|windows.DELETE, nil)
	if err == nil {
		t.Error("the key is not volatile")
		check(t, win.DeleteKey(lasting))
		check(t, windows.RegCloseKey(lasting))
	}
}

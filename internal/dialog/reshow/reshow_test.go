package reshow

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// window answers after delay, or closes when told, which takes closing.
type window struct {
	delay, closing time.Duration
	late           bool // answers although told to close
	fail           error
	texts          []string
	causes         []error
}

func (w *window) Show(ctx context.Context, q dialog.Question) (protocol.Reply, error) {
	w.texts = append(w.texts, q.Text)
	shown := time.Now()
	if w.fail != nil {
		return protocol.Reply{}, w.fail
	}
	select {
	case <-time.After(w.delay):
	case <-ctx.Done():
		w.causes = append(w.causes, context.Cause(ctx))
		<-time.After(w.closing)
		if !w.late {
			return protocol.Reply{ShownAt: shown}, ctx.Err()
		}
	}
	return protocol.Reply{Status: protocol.StatusAnswered, Choice: q.Text, ShownAt: shown}, nil
}

func show(ctx context.Context, w *window, after time.Duration, updates ...dialog.Question) (protocol.Reply, error) {
	feed := make(chan dialog.Question)
	go func() {
		defer close(feed)
		for _, u := range updates {
			select {
			case <-time.After(after):
			case <-ctx.Done():
				return
			}
			select {
			case feed <- u:
			case <-ctx.Done():
				return
			}
		}
	}()
	return New(w).Show(ctx, dialog.Question{Text: "first"}, feed)
}

func TestShownAgain(t *testing.T) {
	now := time.Unix(0, 0)
	for name, c := range map[string]struct {
		window  window
		updates []string
		texts   []string
		choice  string
	}{
		"no update":            {window{delay: time.Minute}, nil, []string{"first"}, "first"},
		"one update":           {window{delay: time.Minute}, []string{"second"}, []string{"first", "second"}, "second"},
		"only the latest":      {window{delay: time.Minute, closing: 10 * time.Second}, []string{"second", "third", "fourth"}, []string{"first", "fourth"}, "fourth"},
		"answered before":      {window{delay: time.Millisecond}, []string{"second"}, []string{"first"}, "first"},
		"answered while gone":  {window{delay: time.Minute, late: true}, []string{"second"}, []string{"first"}, "first"},
		"the same once more":   {window{delay: time.Minute}, []string{"first"}, []string{"first"}, "first"},
		"there and back again": {window{delay: time.Minute, closing: 10 * time.Second}, []string{"second", "first"}, []string{"first", "first"}, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var updates []dialog.Question
				for _, text := range c.updates {
					updates = append(updates, dialog.Question{Text: text, Deadline: now, Remaining: 7})
				}
				start := time.Now()
				reply, err := show(ctx, &c.window, time.Second, updates...)
				if err != nil {
					t.Fatal(err)
				}
				if reply.Choice != c.choice || !slices.Equal(c.window.texts, c.texts) {
					t.Errorf("answered %q after %q, want %q after %q", reply.Choice, c.window.texts, c.choice, c.texts)
				}
				if !reply.ShownAt.Equal(start) {
					t.Errorf("shown at %v, want %v, when it was first visible", reply.ShownAt, start)
				}
			})
		})
	}
}

func TestRaisedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &window{delay: time.Minute}
		if _, err := show(t.Context(), w, time.Second, dialog.Question{Text: "first", Raise: true}); err != nil {
			t.Fatal(err)
		}
		if want := []string{"first", "first"}; !slices.Equal(w.texts, want) {
			t.Errorf("shown %q, want %q", w.texts, want)
		}
	})
}

func TestCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		withdrawn := errors.New("withdrawn")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(withdrawn) })
		w := &window{delay: time.Hour}
		if _, err := show(ctx, w, time.Minute); err != withdrawn {
			t.Errorf("error %v, want the cause", err)
		}
		if len(w.causes) != 1 {
			t.Errorf("%d windows were closed, want 1", len(w.causes))
		}
	})
}

func TestCancelledAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(errors.New("withdrawn")) })
		reply, err := show(ctx, &window{delay: time.Hour, late: true}, time.Minute)
		if err != nil || reply.Choice != "first" {
			t.Errorf("reply %+v, error %v, want the answer that was given", reply, err)
		}
	})
}

func TestUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := show(t.Context(), &window{fail: dialog.ErrUnavailable}, time.Second, dialog.Question{Text: "second"}); !errors.Is(err, dialog.ErrUnavailable) {
			t.Errorf("error %v, want %v", err, dialog.ErrUnavailable)
		}
	})
}

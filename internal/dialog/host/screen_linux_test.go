package host

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// shown is a question on the screen.
type shown struct {
	updates chan dialog.Question
	cancel  context.CancelCauseFunc
	result  chan outcome
}

type outcome struct {
	reply protocol.Reply
	err   error
}

func show(t *testing.T, h *Host, q dialog.Question) *shown {
	t.Helper()
	ctx, cancel := context.WithCancelCause(limited(t))
	s := &shown{updates: make(chan dialog.Question), cancel: cancel, result: make(chan outcome, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, err := h.Show(ctx, q, s.updates)
		s.result <- outcome{r, err}
	}()
	t.Cleanup(func() { cancel(nil); <-done })
	return s
}

func (s *shown) reply(t *testing.T) protocol.Reply {
	t.Helper()
	got := <-s.result
	if got.err != nil {
		t.Fatal(got.err)
	}
	if got.reply.ShownAt.IsZero() || time.Since(got.reply.ShownAt) > generous {
		t.Errorf("shown at %v", got.reply.ShownAt)
	}
	return got.reply
}

// question returns one of the kind with what all have in common.
func question(kind string, change func(*dialog.Question)) dialog.Question {
	q := dialog.Question{
		Kind: kind, Title: "Test", Text: "Go <b>on</b> & on_?", Origin: "A program of yours", Sender: "go test",
		Icon: protocol.IconQuestion, Urgency: protocol.UrgencyNormal,
		Buttons: []dialog.Button{{Number: 1, Caption: "OK"}, {Number: 2, Caption: "Cancel"}},
		Default: 1, Cancel: 2, Lang: "en",
		Words: dialog.Words{Details: "Show details", HideDetails: "Hide details", More: "More", NoMatch: "No match", Close: "Close"},
	}
	if change != nil {
		change(&q)
	}
	return q
}

func twoButtons(q *dialog.Question) {
	q.Buttons = []dialog.Button{{Number: 101, Caption: "Now"}, {Number: 102, Caption: "_Later"}}
	q.Default, q.Cancel = 101, protocol.NoButton
	q.Details, q.Link, q.Check = "Details", "https://example.com/", "Always"
	q.Countdown, q.Deadline = "Starts in {time}", time.Now().Add(time.Hour)
}

func threeChoices(q *dialog.Question) {
	q.Choices = []dialog.Choice{
		{Value: "a", Caption: "Ah"}, {Value: "b", Caption: "<b>Be", Selected: true}, {Value: "c", Caption: "_See"},
	}
}

// TestScreen answers real windows by keyboard, one after the other on one
// display for each version of GTK.
func TestScreen(t *testing.T) {
	built := buildHost(t)
	for _, version := range []string{"3", "4"} {
		t.Run("GTK "+version, func(t *testing.T) {
			t.Parallel()
			d := newDisplay(t)
			// Without a window manager the window under the pointer gets the keys.
			d.do(t, "mousemove", "1365", "0")
			h := New(d.program(t, built, version))
			t.Cleanup(h.Close)
			t.Run("answers", func(t *testing.T) { testAnswers(t, d, h) })
			t.Run("changes", func(t *testing.T) { testChanges(t, d, h) })
			t.Run("attention", func(t *testing.T) { testAttention(t, d, h) })
			asks := map[string]int{"3": 1, "4": 3}[version] // by itself, at once
			t.Run("window manager that begins", func(t *testing.T) { testMapped(t, d, h, asks) })
		})
	}
}

func testAnswers(t *testing.T, d *display, h *Host) {
	for _, test := range []struct {
		name string
		q    dialog.Question
		keys [][]string // of xdotool
		want protocol.Reply
	}{
		{
			"first button",
			question(protocol.KindPopup, twoButtons),
			[][]string{{"key", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 101},
		},
		{
			"second button",
			question(protocol.KindPopup, twoButtons),
			[][]string{{"key", "Tab", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 102},
		},
		{
			"default button that is not the first",
			question(protocol.KindPopup, func(q *dialog.Question) { q.Default = 2 }),
			[][]string{{"key", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 2},
		},
		{
			"tick box",
			question(protocol.KindPopup, twoButtons),
			[][]string{{"key", "shift+Tab", "space", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 101, Checked: true},
		},
		{
			"Escape",
			question(protocol.KindPopup, twoButtons),
			[][]string{{"key", "Escape"}},
			protocol.Reply{Status: protocol.StatusDismissed, Button: protocol.NoButton},
		},
		{
			"Escape where Cancel is offered",
			question(protocol.KindPopup, nil),
			[][]string{{"key", "Escape"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 2},
		},
		{
			"text",
			question(protocol.KindInput, func(q *dialog.Question) { q.Initial = "replaced by typing" }),
			[][]string{{"type", "two words"}, {"key", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "two words"},
		},
		{
			"hidden text",
			question(protocol.KindInput, func(q *dialog.Question) { q.Mask = true }),
			[][]string{{"type", "secret"}, {"key", "Tab", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "secret"},
		},
		{
			"lines",
			question(protocol.KindInput, func(q *dialog.Question) { q.Multiline = true }),
			[][]string{{"type", "one"}, {"key", "Return"}, {"type", "two"}, {"key", "ctrl+Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "one\ntwo"},
		},
		{
			"no text with Cancel",
			question(protocol.KindInput, nil),
			[][]string{{"type", "typed"}, {"key", "Escape"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 2},
		},
		{
			"pattern refused and then met",
			question(protocol.KindInput, func(q *dialog.Question) { q.Pattern, q.Hint = "[a-z]+-[0-9]+", "As in host-1" }),
			[][]string{{"type", "host"}, {"key", "Return"}, {"type", "host-12"}, {"key", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "host-12"},
		},
		{
			"preselected item",
			question(protocol.KindChoose, threeChoices),
			[][]string{{"key", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "b"},
		},
		{
			"next item",
			question(protocol.KindChoose, threeChoices),
			[][]string{{"key", "Down", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "c"},
		},
		{
			"two ticked",
			question(protocol.KindChoose, func(q *dialog.Question) { threeChoices(q); q.Multiple = true }),
			[][]string{{"key", "space", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Items: []string{"a", "b"}},
		},
		{
			"none ticked",
			question(protocol.KindChoose, func(q *dialog.Question) { threeChoices(q); q.Multiple = true }),
			[][]string{{"key", "Tab", "space", "Return"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Items: []string{}},
		},
		{
			"progress cancelled",
			question(protocol.KindProgress, func(q *dialog.Question) {
				q.Buttons, q.Default, q.Percent, q.Detail = q.Buttons[1:], protocol.NoButton, -1, "now this"
			}),
			[][]string{{"key", "Escape"}},
			protocol.Reply{Status: protocol.StatusAnswered, Button: 2},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := show(t, h, test.q)
			d.activate(t, d.visible(t))
			for _, keys := range test.keys {
				d.do(t, keys...)
			}
			got := s.reply(t)
			if got.Status != test.want.Status || got.Button != test.want.Button || got.Checked != test.want.Checked ||
				got.Answer != test.want.Answer || !slices.Equal(got.Items, test.want.Items) || (got.Items == nil) != (test.want.Items == nil) {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if open := d.windows(); len(open) > 0 {
				t.Errorf("still on screen: %v", open)
			}
		})
	}
}

func testChanges(t *testing.T, d *display, h *Host) {
	t.Run("updated while open", func(t *testing.T) {
		q := question(protocol.KindPopup, nil)
		s := show(t, h, q)
		w := d.visible(t)
		d.activate(t, w) // it looks different without the focus
		now := d.settled(t, w)
		changed := q
		changed.Text += "\nAnd this is new."
		// It may look otherwise at first than when all of it is drawn: then it is
		// as it was after the second time.
		seen := map[string]bool{now: true}
		until(t, "the window is as it was", func() bool {
			s.updates <- changed
			until(t, "the window changes", func() bool { return d.picture(w) != now })
			other := d.settled(t, w)
			s.updates <- q
			until(t, "the window changes back", func() bool { return d.picture(w) != other })
			now = d.settled(t, w)
			before := seen[now]
			seen[now] = true
			return before
		})
		d.do(t, "key", "Return")
		if got := s.reply(t); got.Button != 1 {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("choices updated while open", func(t *testing.T) {
		q := question(protocol.KindChoose, threeChoices)
		s := show(t, h, q)
		w := d.visible(t)
		d.activate(t, w)
		first := d.settled(t, w)
		q.Choices = []dialog.Choice{{Value: "z", Caption: "Zed", Selected: true}, {Value: "b", Caption: "<b>Be"}}
		s.updates <- q
		until(t, "the window changes", func() bool { return d.picture(w) != first })
		d.do(t, "key", "Return")
		if got := s.reply(t); got.Answer != "b" {
			t.Errorf("got %+v: what was chosen is no longer", got)
		}
	})

	t.Run("withdrawn while open", func(t *testing.T) {
		s := show(t, h, question(protocol.KindInput, nil))
		d.visible(t)
		s.cancel(errWithdrawn)
		if got := <-s.result; !errors.Is(got.err, errWithdrawn) {
			t.Errorf("got %+v", got)
		}
		if open := d.windows(); len(open) > 0 {
			t.Errorf("still on screen: %v", open)
		}
	})

	t.Run("stays on the screen", func(t *testing.T) {
		long := strings.Repeat("Quite a few words & things. ", 400)
		q := question(protocol.KindInput, func(q *dialog.Question) {
			q.Text, q.Details, q.Check, q.Hint, q.Sender = long, long, long, long, long
			q.Multiline, q.Pattern, q.Initial = true, "never", strings.Repeat("line\n", 100)
			q.Link, q.Countdown, q.Deadline = "https://example.com/", "{time} "+long, time.Now().Add(time.Hour)
			q.Buttons = nil
			for i := range 64 {
				q.Buttons = append(q.Buttons, dialog.Button{Number: protocol.ButtonCustom + i, Caption: long})
			}
			q.Default, q.Cancel = protocol.ButtonCustom, protocol.NoButton
		})
		s := show(t, h, q)
		w := d.visible(t)
		d.activate(t, w)
		before := d.settled(t, w)
		d.do(t, "key", "ctrl+Return")
		until(t, "the hint is shown", func() bool { return d.picture(w) != before })
		d.settled(t, w)
		if left, top, right, bottom := d.frame(t, w); left < 0 || top < 0 || right > 1366 || bottom > 768 {
			t.Errorf("from %d, %d to %d, %d", left, top, right, bottom)
		}
		d.do(t, "key", "Escape")
		if got := s.reply(t); got.Status != protocol.StatusDismissed {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("counts down", func(t *testing.T) {
		q := question(protocol.KindPopup, twoButtons)
		show(t, h, q)
		w := d.visible(t)
		d.activate(t, w)
		first := d.settled(t, w)
		until(t, "a second has passed", func() bool { return d.picture(w) != first })
	})

	t.Run("notice", func(t *testing.T) {
		notices := New(h.path)
		t.Cleanup(notices.Close)
		s := show(t, notices, question(protocol.KindNotify, func(q *dialog.Question) { q.Buttons, q.Default, q.Cancel = nil, -1, -1 }))
		if got := s.reply(t); got.Status != protocol.StatusAnswered || got.Button != protocol.NoButton {
			t.Errorf("got %+v", got)
		}
		d.visible(t)
		notices.Close()
		if open := d.windows(); len(open) > 0 {
			t.Errorf("still on screen: %v", open)
		}
	})
}

func testAttention(t *testing.T, d *display, h *Host) {
	t.Run("takes no key that comes too early", func(t *testing.T) {
		s := show(t, h, question(protocol.KindPopup, nil))
		w := d.visible(t)
		// Each change of focus begins the guard anew, so these keys are early.
		d.do(t, "windowfocus", strconv.Itoa(int(d.root)), "windowfocus", strconv.Itoa(int(w)), "key", "Return", "Escape")
		d.activate(t, w)
		select {
		case got := <-s.result:
			t.Fatalf("answered too early: %+v", got)
		default:
		}
		d.do(t, "key", "Tab", "Return")
		if got := s.reply(t); got.Button != 2 {
			t.Errorf("got %+v", got)
		}
	})

	t.Run("activates itself when nobody types", func(t *testing.T) {
		s := show(t, h, question(protocol.KindPopup, nil))
		w := d.visible(t)
		until(t, "it has the keyboard", func() bool { return d.ready(w) })
		d.do(t, "key", "Return")
		if got := s.reply(t); got.Button != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

// A window manager that begins takes over the screen, and what it is asked for
// until it looks is lost.
func testMapped(t *testing.T, d *display, h *Host, asks int) {
	asked := d.manage(t)
	s := show(t, h, question(protocol.KindPopup, nil))
	lost := asked()
	for range asks {
		if w := asked(); w != lost {
			t.Errorf("asks for the window %d, not %d", w, lost)
		}
	}
	d.allow(t, lost)
	w := d.visible(t)
	d.activate(t, w)
	d.do(t, "key", "Return")
	if got := s.reply(t); got.Button != 1 {
		t.Errorf("got %+v", got)
	}
}

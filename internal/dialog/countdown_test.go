package dialog

import (
	"testing"
	"time"
)

func TestRemaining(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		left   time.Duration
		en, de string
	}{
		{-time.Second, "0:00", "0:00"},
		{0, "0:00", "0:00"},
		{1 * ms, "0:01", "0:01"},
		{1000 * ms, "0:01", "0:01"},
		{1001 * ms, "0:02", "0:02"},
		{59*time.Second + 999*ms, "1:00", "1:00"},
		{10 * time.Minute, "10:00", "10:00"},
		{time.Hour - ms, "1:00:00", "1:00:00"},
		{23*time.Hour + 4*time.Minute + 5*time.Second, "23:04:05", "23:04:05"},
		{day, "1 day", "1 Tag"},
		{day + time.Hour + time.Minute, "1 day 1 hour", "1 Tag 1 Stunde"},
		{3*day - time.Second, "2 days 23 hours", "2 Tagen 23 Stunden"},
		{1<<31*time.Second - time.Second, "24,855 days 3 hours", "24.855 Tagen 3 Stunden"},
	} {
		for lang, want := range map[string]string{"en": c.en, "de": c.de} {
			if got := remaining(c.left, lang); got != want {
				t.Errorf("%v in %s: %q, want %q", c.left, lang, got, want)
			}
		}
	}
}

func TestCountdownLine(t *testing.T) {
	q := Question{Countdown: "Starts in {time} ({time})", Lang: "nonsense!"}
	if got, want := q.CountdownLine(90*time.Second), "Starts in 1:30 (1:30)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// After NextRedraw, and not a moment before, the line reads differently.
func TestNextRedraw(t *testing.T) {
	for _, left := range []time.Duration{
		1, time.Millisecond, time.Second - 1, time.Second, time.Second + 1, 59500 * time.Millisecond, time.Minute,
		time.Hour, day - 1, day, day + 1, day + time.Second, day + time.Hour - 1, 30*day + 90*time.Minute,
	} {
		wait := NextRedraw(left)
		if wait <= 0 {
			t.Errorf("%v: redraw in %v", left, wait)
		}
		now, before, after := remaining(left, "en"), remaining(left-wait+1, "en"), remaining(left-wait, "en")
		if now != before || now == after {
			t.Errorf("%v: redraw in %v, where it reads %q, then %q, then %q", left, wait, now, before, after)
		}
	}
	if NextRedraw(0) != 0 || NextRedraw(-time.Hour) != 0 {
		t.Error("a countdown that is over wants to be drawn again")
	}
}

func TestAnnounces(t *testing.T) {
	for _, c := range []struct {
		before, left time.Duration
		want         bool
	}{
		{301 * time.Second, 300 * time.Second, true},
		{300 * time.Second, 299 * time.Second, false},
		{61 * time.Second, 59 * time.Second, true},
		{11 * time.Second, 10 * time.Second, true},
		{10 * time.Second, 9 * time.Second, false},
		{time.Hour, time.Second, true},
		{time.Hour, 59 * time.Minute, false},
	} {
		if got := Announces(c.before, c.left); got != c.want {
			t.Errorf("from %v to %v: %v", c.before, c.left, got)
		}
	}
}

func TestLeft(t *testing.T) {
	now := time.Date(2026, 1, 31, 16, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		q    Question
		left time.Duration
		ok   bool
	}{
		"none":            {Question{Deadline: now.Add(time.Hour)}, 0, false},
		"running":         {Question{Countdown: "{time}", Deadline: now.Add(time.Hour)}, time.Hour, true},
		"over":            {Question{Countdown: "{time}", Deadline: now.Add(-time.Hour)}, 0, true},
		"stands still":    {Question{Countdown: "{time}", Deadline: now.Add(time.Hour), Paused: true, Remaining: 5000}, 5 * time.Second, true},
		"told to a host":  {Question{Countdown: "{time}", Remaining: 5000}, 5 * time.Second, true},
		"not yet running": {Question{Countdown: "{time}"}, 0, false},
	} {
		if left, ok := c.q.Left(now); left != c.left || ok != c.ok {
			t.Errorf("%s: %v, %v", name, left, ok)
		}
	}
}

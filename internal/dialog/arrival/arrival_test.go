package arrival

import (
	"testing"
	"time"
)

func TestManners(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

	var m manners
	if m.hears(start) || m.activates(start, false, time.Hour) {
		t.Error("a window that is not on screen hears or activates itself")
	}
	m.show(start)
	for ms, hears := range map[int]bool{0: false, 499: false, 500: true, 10_000: true} {
		if m.hears(at(ms)) != hears {
			t.Errorf("after %d ms it hears: %t", ms, !hears)
		}
	}
	if m.activates(at(600), false, quiet-time.Millisecond) {
		t.Error("takes the keyboard from someone who is typing")
	}
	if !m.activates(at(3000), false, quiet) {
		t.Error("does not take the keyboard that nobody uses")
	}
	if m.hears(at(3499)) || !m.hears(at(3500)) {
		t.Error("is not deaf for a moment after it took the keyboard")
	}
	if m.activates(at(9000), false, time.Hour) {
		t.Error("takes the keyboard twice")
	}
	m.show(at(10_000)) // raised
	if m.hears(at(10_499)) || !m.hears(at(10_500)) || !m.activates(at(11_000), false, quiet) {
		t.Error("raised again, it is not as it was at first")
	}

	var given manners
	given.show(start)
	if given.activates(at(100), true, 0) || given.activates(at(9000), false, time.Hour) {
		t.Error("takes the keyboard back from where the person went")
	}
}

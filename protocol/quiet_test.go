package protocol

import (
	"testing"
	"time"
	_ "time/tzdata" // Windows has no other
)

// The hours go over midnight, and over the days on which the clock is changed.
func TestQuietHours(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		quiet, now string
		in         bool
		change     string
	}{
		{"20:00-08:00", "2026-01-10 19:59", false, "2026-01-10 20:00"},
		{"20:00-08:00", "2026-01-10 20:00", true, "2026-01-11 08:00"},
		{"20:00-08:00", "2026-01-11 00:30", true, "2026-01-11 08:00"},
		{"20:00-08:00", "2026-01-11 08:00", false, "2026-01-11 20:00"},
		{"12:00-13:30", "2026-01-11 13:29", true, "2026-01-11 13:30"},
		{"12:00-13:30", "2026-01-11 13:30", false, "2026-01-12 12:00"},
		{"23:00-06:00", "2026-12-31 23:30", true, "2027-01-01 06:00"},
		{"00:00-06:00", "2026-01-11 00:00", true, "2026-01-11 06:00"},
		// The clock is put forward at 02:00 on 29 March, back at 03:00 on 25
		// October.
		{"20:00-08:00", "2026-03-28 21:00", true, "2026-03-29 08:00"},
		{"20:00-08:00", "2026-10-24 21:00", true, "2026-10-25 08:00"},
		{"01:00-02:30", "2026-03-29 01:30", true, "2026-03-29 03:30"},
	} {
		m := NewMessage(KindPopup)
		m.Quiet = test.quiet
		hours, err := m.QuietHours()
		if err != nil {
			t.Fatal(err)
		}
		now, err := time.ParseInLocation("2006-01-02 15:04", test.now, berlin)
		if err != nil {
			t.Fatal(err)
		}
		in, change := hours.At(now)
		if got := change.Format("2006-01-02 15:04"); in != test.in || got != test.change {
			t.Errorf("%s at %s: %v until %s, want %v until %s", test.quiet, test.now, in, got, test.in, test.change)
		}
	}
	if in, change := (Hours{}).At(time.Now()); in || !change.IsZero() {
		t.Error("no hours are quiet")
	}
}

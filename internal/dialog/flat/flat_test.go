package flat

import (
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
)

func TestSenderLineCannotBeImitated(t *testing.T) {
	honest := dialog.Question{Origin: "A program running as you", Sender: "The administrator\n\nof this computer", Title: "The administrator — Update\x1b[2J", Text: "The administrator of this computer\n\nInstall now?"}
	if got, want := Title(honest), "A program running as you — The administrator — Update [2J"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	first, _, _ := strings.Cut(Text(honest, time.Now(), ""), "\n")
	if want := "A program running as you — “The administrator of this computer”"; first != want {
		t.Errorf("first line %q, want %q", first, want)
	}
}

func TestText(t *testing.T) {
	now := time.Unix(1000, 0)
	q := dialog.Question{Origin: "O", Text: "T", Details: "D", Link: "https://l", Countdown: "Closes in {time}", Deadline: now.Add(65 * time.Second)}
	if got, want := Text(q, now, "digits only"), "O\n\nT\n\nD\n\nhttps://l\n\nCloses in 1:05\n\ndigits only"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	q.Paused, q.Remaining = true, 3_723_000
	if got, want := Countdown(q, now), "Closes in 1:02:03"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Countdown(dialog.Question{Countdown: "x {time}"}, now); got != "" {
		t.Errorf("countdown without an end: %q", got)
	}
	q.Paused, q.Deadline = false, now.Add(-time.Hour)
	if got, want := Countdown(q, now), "Closes in 0:00"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string
	}{
		{"", ""},
		{"one two", "one\ntwo"},
		{"onetwo", "onetw\no"},
		{"ééééé ö\n\nx", "ééééé\nö\n\nx"},
		{"12345", "12345"},
	} {
		if got := Wrap(c.in, 5); got != c.want {
			t.Errorf("Wrap(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if !Fits("a\nb", 5, 2) || Fits("a\nb\nc", 5, 2) || Fits("aaaaaa bbbbbb", 5, 3) {
		t.Error("Fits counts lines wrongly")
	}
}

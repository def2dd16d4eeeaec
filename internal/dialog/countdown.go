package dialog

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/catalogue"
)

// placeholder is what the remaining time stands for in Countdown.
const placeholder = "{time}"

const day = 24 * time.Hour

// Left returns the time until the window closes itself, never below zero. The
// flag is false when it does not.
func (q Question) Left(now time.Time) (time.Duration, bool) {
	switch {
	case q.Countdown == "":
		return 0, false
	case q.Paused || q.Deadline.IsZero():
		left := time.Duration(q.Remaining) * time.Millisecond
		return max(left, 0), q.Paused || left > 0
	}
	return max(q.Deadline.Sub(now), 0), true
}

// CountdownLine is the line that says what happens in the time left.
func (q Question) CountdownLine(left time.Duration) string {
	return strings.ReplaceAll(q.Countdown, placeholder, remaining(left, q.Lang))
}

// remaining writes the time left as m:ss, h:mm:ss or, from a day on, in words:
// days and full hours. It rounds up, so that it says 0:00 only when it is.
func remaining(left time.Duration, lang string) string {
	s := seconds(left)
	switch {
	case s < 3600:
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	case s < 86400:
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	tag, _ := language.Parse(lang) // undetermined, which is English, when it is none
	words := catalogue.For([]language.Tag{tag})
	text := words.Text("countdown.days", s/86400)
	if hours := s / 3600 % 24; hours > 0 {
		text += " " + words.Text("countdown.hours", hours)
	}
	return text
}

// NextRedraw returns how long the countdown line stays right, 0 when it will
// not change any more.
func NextRedraw(left time.Duration) time.Duration {
	if left <= 0 {
		return 0
	}
	step := time.Second
	s := time.Duration(seconds(left)) * time.Second
	if s >= day {
		step = time.Hour
	}
	return left - (s.Truncate(step) - time.Second)
}

// seconds rounds up to whole seconds.
func seconds(left time.Duration) int {
	return int((max(left, 0) + time.Second - 1) / time.Second)
}

// Announces reports whether assistive technology is to be told the time left:
// it has just gone down to five minutes, one minute or ten seconds.
func Announces(before, left time.Duration) bool {
	for _, at := range []time.Duration{5 * time.Minute, time.Minute, 10 * time.Second} {
		if before > at && left <= at {
			return true
		}
	}
	return false
}

//go:build linux

package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
)

// announced are the times left at which assistive technology is told.
var announced = [...]time.Duration{5 * time.Minute, time.Minute, 10 * time.Second}

// countdown is the line that says what will happen, and when.
type countdown struct {
	w        *window
	label    gtk.Widget
	text     string
	deadline time.Time
	left     time.Duration // while the clock stands still
	paused   bool
	turn     int           // of the timer that counts; those before it are void
	said     time.Duration // the last time left that was announced, or was over
}

func newCountdown(w *window) *countdown {
	c := &countdown{w: w, label: w.g.Text("", 0, mostChars)}
	w.g.AtMost(c.label, 3)
	w.g.Class(c.label, "deskbell-countdown")
	w.g.Margin(c.label, 0, 18)
	return c
}

// follow takes over the line and the time left.
func (c *countdown) follow(q dialog.Question) {
	c.turn++
	c.text, c.paused = oneLine(q.Countdown), q.Paused
	c.left = time.Duration(q.Remaining) * time.Millisecond
	c.deadline = time.Now().Add(c.left)
	on := q.Countdown != "" && q.Remaining > 0
	c.w.g.SetVisible(c.label, on)
	if !on {
		return
	}
	if c.said == 0 || c.left > c.said {
		c.said = c.left
	}
	c.show(c.turn)
}

// show writes the time left and comes back when it changes.
func (c *countdown) show(turn int) {
	if turn != c.turn {
		return
	}
	left := c.left
	if !c.paused {
		left = max(0, time.Until(c.deadline))
	}
	text := strings.ReplaceAll(c.text, "{time}", clock(left))
	c.w.g.LabelText(c.label, text)
	for _, at := range announced {
		if seconds(left) <= at && c.said > at {
			c.said = at
			c.w.g.Announce(c.label, text)
		}
	}
	if c.paused || left == 0 {
		return
	}
	next := left % time.Second
	c.w.g.After(uint32(next/time.Millisecond)+1, func() { c.show(turn) })
}

// seconds rounds up, so that the last second is a 1.
func seconds(left time.Duration) time.Duration {
	return (left + time.Second - 1).Truncate(time.Second)
}

// clock writes a time left as m:ss or h:mm:ss.
func clock(left time.Duration) string {
	s := int(seconds(left) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

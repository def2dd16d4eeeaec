//go:build linux

package main

import (
	"time"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
)

// countdown is the line that says what will happen, and when.
type countdown struct {
	w     *window
	label gtk.Widget
	q     dialog.Question
	turn  int           // of the timer that counts; those before it are void
	last  time.Duration // what was left when the line was written last
}

func newCountdown(w *window) *countdown {
	c := &countdown{w: w, label: w.g.Text("", 0, mostChars)}
	w.g.AtMost(c.label, 2)
	w.g.Class(c.label, "deskbell-countdown")
	w.g.Margin(c.label, 0, 18)
	return c
}

// follow takes over the line and the time left.
func (c *countdown) follow(q dialog.Question) {
	c.turn++
	c.q = q
	if !q.Paused && q.Remaining > 0 {
		c.q.Deadline = time.Now().Add(time.Duration(q.Remaining) * time.Millisecond)
	}
	left, on := c.q.Left(time.Now())
	c.w.g.SetVisible(c.label, on)
	if on {
		c.last = max(c.last, left)
		c.show(c.turn)
	}
}

// show writes the time left and comes back when it changes.
func (c *countdown) show(turn int) {
	if turn != c.turn {
		return
	}
	left, _ := c.q.Left(time.Now())
	text := c.q.CountdownLine(left)
	c.w.g.LabelText(c.label, text)
	if dialog.Announces(c.last, left) {
		c.w.g.Announce(c.label, text)
	}
	c.last = left
	if next := dialog.NextRedraw(left); next > 0 && !c.q.Paused {
		c.w.g.After(uint32(next/time.Millisecond)+1, func() { c.show(turn) })
	}
}

//go:build linux

package main

import (
	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
)

// bar is how far something has got, and the line under it.
type bar struct {
	g                *gtk.Library
	box, bar, detail gtk.Widget
	unknown          bool
}

func newBar(g *gtk.Library, q dialog.Question) *bar {
	b := &bar{g: g, box: g.Box(gtk.Vertical, 6), bar: g.BarNew(), detail: g.Line("", mostChars)}
	g.Class(b.detail, "deskbell-countdown")
	g.Add(b.box, b.bar, b.detail)
	b.follow(q)
	return b
}

func (b *bar) follow(q dialog.Question) {
	b.g.LabelText(b.detail, q.Detail)
	if q.Percent >= 0 {
		b.unknown = false
		b.g.BarFraction(b.bar, float64(min(q.Percent, 100))/100)
		return
	}
	if b.unknown {
		return
	}
	b.unknown = true
	b.g.BarPulse(b.bar)
	b.g.Every(120, func() bool {
		if b.unknown {
			b.g.BarPulse(b.bar)
		}
		return b.unknown
	})
}

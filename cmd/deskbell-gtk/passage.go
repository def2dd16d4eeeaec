//go:build linux

package main

import "github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"

// passage is text of any length. What is higher than its limit scrolls, by
// keyboard too.
type passage struct {
	g            *gtk.Library
	label, frame gtk.Widget
	most         int32 // pixels
}

func newPassage(g *gtk.Library, text string, most int32) *passage {
	p := &passage{g: g, label: g.Text(text, leastChars, mostChars), most: most}
	g.VAlign(p.label, gtk.AlignStart)
	p.frame = g.Scrolled(p.label, most)
	p.fit()
	return p
}

func (p *passage) set(text string) {
	p.g.LabelText(p.label, text)
	p.fit()
}

// fit lets the keyboard reach the frame when there is something to scroll.
func (p *passage) fit() {
	_, height := p.g.Natural(p.label)
	p.g.Focusable(p.frame, height > p.most)
	p.g.AtLeast(p.frame, min(height, p.most/4))
}

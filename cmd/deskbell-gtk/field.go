//go:build linux

package main

import (
	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// field is what an input is typed into. A masked one has one line: GTK hides
// no more.
type field struct {
	g          *gtk.Library
	q          dialog.Question
	box, entry gtk.Widget
	hint       gtk.Widget
	multiline  bool
}

// newField returns the field that label names; enter is called for Return, after
// an input method has had its turn.
func newField(g *gtk.Library, q dialog.Question, label gtk.Widget, enter func()) *field {
	f := &field{g: g, q: q, multiline: q.Multiline && !q.Mask, box: g.Box(gtk.Vertical, 6)}
	if f.multiline {
		f.entry = g.TextView(q.Initial)
		frame := g.Scrolled(f.entry, 160)
		g.AtLeast(frame, 96)
		g.Class(frame, "frame")
		g.Add(f.box, frame)
	} else {
		f.entry = g.EntryNew()
		g.EntrySetText(f.entry, q.Initial)
		g.On(f.entry, "activate", enter)
		if q.Mask {
			g.Password(f.entry)
		}
		g.Add(f.box, f.entry)
	}
	g.Labelled(f.entry, label)
	f.hint = g.Text("", 0, mostChars)
	g.AtMost(f.hint, 3)
	g.Class(f.hint, "deskbell-refused")
	g.Add(f.box, f.hint)
	g.SetVisible(f.hint, false)
	return f
}

func (f *field) focus() {
	f.g.GrabFocus(f.entry)
	if !f.multiline {
		f.g.SelectAll(f.entry)
	}
}

func (f *field) text() string {
	if f.multiline {
		return f.g.TextViewText(f.entry)
	}
	return f.g.EntryText(f.entry)
}

func (f *field) accepts(text string) bool {
	return len(text) <= protocol.MaxField && protocol.Message{Pattern: f.q.Pattern}.Matches(text)
}

// refuse says what is wrong and leaves what was typed.
func (f *field) refuse() {
	hint := f.q.Hint
	if hint == "" {
		hint = f.q.Words.NoMatch
	}
	f.g.LabelText(f.hint, hint)
	f.g.Tooltip(f.hint, hint)
	f.g.SetVisible(f.hint, true)
	f.g.Announce(f.hint, hint)
	f.focus()
}

//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// reply is the line that the host prints, in the fields of protocol section 4.
type reply struct {
	Status  protocol.Status `json:"status"`
	Button  int             `json:"button"`
	Answer  any             `json:"answer,omitempty"` // string or []string
	Checked bool            `json:"checked,omitempty"`
	ShownAt string          `json:"shownAt,omitempty"`
}

// buildButtons returns the buttons: a row where they are few and short, else a
// column that scrolls.
func (w *window) buildButtons() gtk.Widget {
	g := w.g
	box := g.Box(gtk.Horizontal, 8)
	g.HAlign(box, gtk.AlignEnd)
	frame := box
	most := int32(mostChars / 2)
	if !inRow(w.q) {
		box = g.Box(gtk.Vertical, 6)
		g.Margin(box, 0, 4)
		frame = g.Scrolled(box, w.area.Height/4)
		g.AtLeast(frame, min(int32(len(w.q.Buttons))*40, w.area.Height/12))
		most = mostChars
	}
	g.Margin(frame, 12, 18)
	for _, b := range w.q.Buttons {
		var face gtk.Widget
		if inRow(w.q) {
			face = g.Line(b.Caption, most)
		} else {
			face = g.Text(b.Caption, 0, most)
		}
		g.HAlign(face, gtk.AlignCenter)
		button := g.Button(face)
		if inRow(w.q) {
			g.SizeRequest(button, 92, -1)
		}
		g.On(button, "clicked", func() { w.press(b.Number) })
		w.buttons[b.Number] = button
		g.Add(box, button)
	}
	if len(w.q.Buttons) == 0 && w.q.Kind == protocol.KindNotify && w.q.Words.Close != "" {
		w.close = g.Button(g.Line(w.q.Words.Close, most))
		g.On(w.close, "clicked", w.dismiss)
		g.Add(box, w.close)
	}
	g.SetVisible(frame, len(w.q.Buttons) > 0 || w.q.Kind == protocol.KindNotify)
	return frame
}

// inRow reports whether the buttons go side by side on a small screen.
func inRow(q dialog.Question) bool {
	total := 0
	for _, b := range q.Buttons {
		n := len([]rune(b.Caption))
		if n > 30 {
			return false
		}
		total += max(n, 8)
	}
	return len(q.Buttons) <= 5 && total <= 60
}

// enter is Return: the button that has the cursor, else the default one. It
// reports whether there was one to press. GTK's own handling would press a
// quarter of a second later, when more may have been typed.
func (w *window) enter() bool {
	at := w.g.WindowFocus(w.top)
	if at == w.link || at == w.expander || at == w.close {
		return false
	}
	for number, button := range w.buttons {
		if at == button {
			w.press(number)
			return true
		}
	}
	if w.buttons[w.q.Default] == 0 {
		return false
	}
	w.press(w.q.Default)
	return true
}

// press answers with a button. An answer that does not match keeps the window
// open and says why.
func (w *window) press(number int) {
	if w.ended || !w.attention.answers() {
		return
	}
	r := reply{Status: protocol.StatusAnswered, Button: number}
	if w.q.Accepts(number) {
		switch {
		case w.field != nil:
			text := w.field.text()
			if !w.field.accepts(text) {
				w.field.refuse()
				w.grow()
				return
			}
			r.Answer = text
		case w.choices != nil && w.q.Multiple:
			r.Answer = w.choices.selected()
		case w.choices != nil:
			if selected := w.choices.selected(); len(selected) > 0 {
				r.Answer = selected[0]
			} else {
				return
			}
		}
	}
	w.finish(r)
}

// dismiss is Escape and the close box: Cancel where that is offered.
func (w *window) dismiss() {
	switch {
	case w.ended || !w.attention.answers():
	case w.q.Kind == protocol.KindNotify:
		w.end() // it was answered when it came on screen
	case w.q.Cancel != protocol.NoButton:
		w.press(w.q.Cancel)
	case w.q.Unclosable:
	default:
		w.finish(reply{Status: protocol.StatusDismissed, Button: protocol.NoButton})
	}
}

func (w *window) finish(r reply) {
	if w.check != 0 {
		r.Checked = w.g.Active(w.check)
	}
	w.print(r)
	w.end()
}

// print writes the reply. The window is left as it is: it goes with the
// process, and the answer is safe before that.
func (w *window) print(r reply) {
	r.ShownAt = w.shownAt.UTC().Format("2006-01-02T15:04:05.000Z")
	data, err := json.Marshal(r)
	if err == nil {
		_, err = w.out.Write(append(data, '\n'))
	}
	if err != nil {
		w.fail(fmt.Errorf("print the reply: %w", err))
	}
}

// unusedKey handles keys that nothing in the window has made use of.
func (w *window) unusedKey(key gtk.Key) bool {
	if key.Value != gtk.KeyEscape {
		return false
	}
	w.dismiss()
	return true
}

func (w *window) browse() {
	if !w.ended && isWebAddress(w.q.Link) && time.Since(w.shownAt) >= guard {
		browse(w.g, w.top, w.q.Link)
	}
}

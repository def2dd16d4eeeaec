//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// hostVersion is the version of docs/dialog-host.md that this host follows.
const hostVersion = 1

// Widths of text in characters, so that they grow with the font.
const (
	leastChars = 34
	mostChars  = 60
)

// style is the program's own part of the theme. The strip with the sender has
// a ground of its own, from edge to edge, that no text in the window can have.
const style = `
.deskbell-origin { background-color: mix(@theme_bg_color, @theme_fg_color, 0.12); border-top: 1px solid mix(@theme_bg_color, @theme_fg_color, 0.3); padding: 7px 14px; }
.deskbell-vouched { font-weight: bold; }
.deskbell-claimed { font-style: italic; }
.deskbell-claimed, .deskbell-countdown { opacity: 0.75; }
.deskbell-refused { color: @error_color; font-weight: bold; }
`

// window is the one window of the process. All of it belongs to the thread of
// the main loop.
type window struct {
	g   *gtk.Library
	q   dialog.Question
	out io.Writer // for the reply
	log io.Writer // for people

	top, root, body gtk.Widget
	icon            gtk.Widget
	text            *passage
	details         *passage
	expander        gtk.Widget
	link            gtk.Widget
	check           gtk.Widget
	field           *field
	choices         *choices
	bar             *bar
	buttons         map[int]gtk.Widget
	close           gtk.Widget
	countdown       *countdown
	attention       *attention
	area            gtk.Rectangle

	shownAt time.Time
	ended   bool
	failure error
}

func newWindow(g *gtk.Library, q dialog.Question, out, log io.Writer) *window {
	return &window{g: g, q: clean(q), out: out, log: log, buttons: map[int]gtk.Widget{}}
}

// open builds the window and shows it.
func (w *window) open() {
	g := w.g
	g.Direction(w.q.RTL)
	g.Style(style)
	w.area = g.Workarea()
	w.root = g.Box(gtk.Vertical, 0)
	w.build()
	w.top = g.Window(w.q.Title, iconName(w.q.Icon), w.root)
	w.attention = newAttention(w)
	if w.q.Kind == protocol.KindNotify {
		g.Notice(w.top)
	}
	g.Deletable(w.top, !w.q.Unclosable)
	g.OnClose(w.top, w.dismiss)
	g.OnShown(w.top, w.shown)
	g.OnKey(w.top, w.attention.keyPressed, w.unusedKey)
	if button, ok := w.buttons[w.q.Default]; ok {
		g.Default(w.top, button)
	}
	w.focusFirst()
	width, height := w.fit()
	g.WindowSize(w.top, width, height)
	if w.q.Kind == protocol.KindNotify {
		g.ToCorner(w.top, w.area, width, height)
	}
	g.SetVisible(w.top, true)
	w.attention.insist(mapping)
}

// build fills the window from top to bottom: what it is about, what there is
// to enter, the time left, the buttons, who asks.
func (w *window) build() {
	g := w.g
	w.body = g.Box(gtk.Vertical, 12)
	g.Margin(w.body, 18, 18)
	g.VExpand(w.body, true)

	head := g.Box(gtk.Horizontal, 16)
	w.icon = g.Image(iconName(w.q.Icon), 48)
	g.VAlign(w.icon, gtk.AlignStart)
	w.text = newPassage(g, w.q.Text, w.area.Height*2/5)
	g.HExpand(w.text.frame, true)
	g.VExpand(w.text.frame, true)
	g.Add(head, w.icon, w.text.frame)
	g.SetVisible(w.icon, w.q.Icon != protocol.IconNone && w.q.Icon != "")
	g.Add(w.body, head)

	switch w.q.Kind {
	case protocol.KindInput:
		w.field = newField(g, w.q, w.text.label, func() { w.enter() })
		g.Add(w.body, w.field.box)
	case protocol.KindChoose:
		w.choices = newChoices(g, w.q, w.area.Height*3/10)
		g.Add(w.body, w.choices.frame)
	case protocol.KindProgress:
		w.bar = newBar(g, w.q)
		g.Add(w.body, w.bar.box)
	}
	w.buildDetails()
	if w.q.Check != "" {
		w.check = g.Check(w.q.Check, 3)
		if len(w.q.Check) > 4*mostChars {
			g.Tooltip(w.check, w.q.Check)
		}
		g.Add(w.body, w.check)
	}
	g.Add(w.root, w.body)
	w.countdown = newCountdown(w)
	g.Add(w.root, w.countdown.label)
	w.countdown.follow(w.q)
	g.Add(w.root, w.buildButtons())
	g.Add(w.root, newOrigin(g, w.q))
}

func (w *window) buildDetails() {
	g := w.g
	w.details = newPassage(g, w.q.Details, w.area.Height/4)
	w.expander = g.Expander(short(w.q.Words.Details), w.details.frame)
	if w.q.RTL {
		// GTK 3 draws it at the left end of a wider place.
		g.HAlign(w.expander, gtk.AlignStart)
	}
	g.OnNotify(w.expander, "expanded", func() {
		word := w.q.Words.Details
		if g.Expanded(w.expander) {
			word = w.q.Words.HideDetails
		}
		g.ExpanderLabel(w.expander, short(word))
		w.grow()
	})
	w.link = g.Button(g.Line(w.q.Words.More, mostChars))
	g.HAlign(w.link, gtk.AlignStart)
	g.On(w.link, "clicked", w.browse)
	g.Add(w.body, w.link, w.expander)
	g.SetVisible(w.link, isWebAddress(w.q.Link))
	g.SetVisible(w.expander, w.q.Details != "")
}

// focusFirst puts the cursor where the person begins: in the field, on the
// choices, else on the default button.
func (w *window) focusFirst() {
	switch {
	case w.field != nil:
		w.field.focus()
	case w.choices != nil:
		w.choices.focus()
	default:
		if button, ok := w.buttons[w.q.Default]; ok {
			w.g.GrabFocus(button)
		}
	}
}

// shown is called when the window has come on screen, and each time that it
// does so again.
func (w *window) shown() {
	if !w.shownAt.IsZero() {
		return
	}
	w.shownAt = time.Now()
	w.attention.opened()
	if w.q.Kind == protocol.KindNotify {
		w.print(reply{Status: protocol.StatusAnswered, Button: protocol.NoButton})
		w.g.After(uint32(stay(w.q)/time.Millisecond), w.end)
	}
}

// titleBar is room for one, in pixels.
const titleBar = 48

// fit returns the size that the window wants, kept on the screen with room for
// a title bar.
func (w *window) fit() (width, height int32) {
	w.text.fit()
	w.details.fit()
	width, height = w.g.Natural(w.root)
	return min(width, w.area.Width-16), min(height, w.area.Height-titleBar)
}

// grow follows a change of what is in the window.
func (w *window) grow() {
	width, height := w.fit()
	room := w.area
	room.Height -= titleBar
	w.g.Resize(w.top, width, height, room)
}

// follow passes on what is read, on its own goroutine, and closes the window
// at the end of the file.
func (w *window) follow(lines <-chan line) {
	for l := range lines {
		w.g.Idle(func() {
			if l.err != nil {
				// What is on screen is still a question to be answered.
				fmt.Fprintln(w.log, "deskbell-gtk:", l.err)
				return
			}
			w.update(clean(l.question))
		})
	}
	w.g.Idle(w.end)
}

// update changes what may change while the window is open.
func (w *window) update(q dialog.Question) {
	was := w.q
	w.q.Text, w.q.Details, w.q.Link = q.Text, q.Details, q.Link
	w.q.Choices, w.q.Percent, w.q.Detail, w.q.Urgency = q.Choices, q.Percent, q.Detail, q.Urgency
	w.text.set(q.Text)
	w.details.set(q.Details)
	w.g.SetVisible(w.expander, q.Details != "")
	w.g.SetVisible(w.link, isWebAddress(q.Link))
	if w.choices != nil {
		w.choices.follow(q.Choices)
	}
	if w.bar != nil {
		w.bar.follow(q)
	}
	w.countdown.follow(q)
	w.attention.follow(was, q)
	w.grow()
}

// run handles what happens until the window ends.
func (w *window) run() error {
	for !w.ended {
		w.g.Iterate()
	}
	return w.failure
}

func (w *window) end() { w.ended = true }

func (w *window) fail(err error) {
	w.failure = errors.Join(w.failure, err)
	w.end()
}

// stay is how long a notice is on screen.
func stay(q dialog.Question) time.Duration {
	if q.Remaining > 0 {
		return time.Duration(q.Remaining) * time.Millisecond
	}
	return 10 * time.Second
}

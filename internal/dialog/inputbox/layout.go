package inputbox

import (
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// Numbers of the controls; buttons have that of the message, which are lower.
const (
	iconControl = 3001 + iota
	textControl
	longTextControl // the text, where it scrolls
	inputControl
	listControl
	hintControl
	barControl
	detailControl
	countdownControl
	checkControl
	toggleControl
	linkControl
	detailsControl
	closeControl
	ruleControl
	originIconControl
	originControl
	senderControl
)

// view is what is to be seen of a question at a moment.
type view struct {
	question  dialog.Question
	hint      string
	countdown string
	expanded  bool
}

// metrics measure for the monitor that the window is on.
type metrics struct {
	dpi           int
	line          int32
	width, height int32 // the most that the window has room for inside
	measure       func(text string, width int32) (w, h int32)
}

// px turns pixels at 96 dpi into those of the monitor.
func (m metrics) px(n int32) int32 { return n * int32(m.dpi) / 96 }

// layout says where each control that is shown stands in the window.
type layout struct {
	width, height int32
	places        map[int]win.Rect
	captions      map[int]string // of the buttons, as far as there is room
}

// band is a strip of the window: as high as it would like to be and as low as
// it may be made.
type band struct {
	height, least int32
	put           func(top, height int32)
}

// arrange lays out a view so that the window has room on its monitor: what
// can scroll gets shorter, and the buttons stay in sight.
func arrange(v view, m metrics) layout {
	var l layout
	for _, width := range []int32{440, 640, 1000} {
		width = min(m.px(width), m.width)
		a := arranger{view: v, metrics: m, inner: width - 2*m.px(margin), left: m.px(margin)}
		l = a.arrange(width)
		if !a.squeezed || width >= m.px(640) && !a.crowded {
			break
		}
	}
	return l
}

// Distances in pixels at 96 dpi.
const (
	margin       = 12
	gap          = 8
	iconSize     = 32
	smallIcon    = 16
	buttonHeight = 24
	buttonWidth  = 80
	textLines    = 14  // more of them scroll
	originRoom   = 100 // about the most that who sent takes up
)

type arranger struct {
	view
	metrics
	left, inner int32
	places      map[int]win.Rect
	captions    map[int]string
	bands       []band
	squeezed    bool // something scrolls that might not in a wider window
	crowded     bool // and so are buttons
}

func (a *arranger) arrange(width int32) layout {
	a.places, a.captions = map[int]win.Rect{}, map[int]string{}
	q := a.question
	a.text()
	switch q.Kind {
	case protocol.KindInput:
		height, least := a.px(buttonHeight), a.px(buttonHeight)
		if q.Multiline && !q.Mask {
			height, least = 5*a.line+a.px(8), 2*a.line+a.px(8)
		}
		a.add(inputControl, height, least)
	case protocol.KindChoose:
		rows := int32(min(max(len(q.Choices), 3), 12))
		a.add(listControl, rows*(a.line+a.px(4))+a.px(24), 3*(a.line+a.px(4)))
	case protocol.KindProgress:
		a.add(barControl, a.px(18), a.px(18))
		a.label(detailControl, q.Detail, 3)
	}
	a.label(hintControl, a.hint, 4)
	a.label(countdownControl, a.countdown, 3)
	if q.Check != "" {
		_, h := a.measure(q.Check, a.inner-a.px(20))
		a.fixed(checkControl, min(h, 4*a.line)+a.px(4))
	}
	a.tools()
	if q.Details != "" && a.expanded {
		_, h := a.measure(q.Details, a.inner-a.px(28))
		a.add(detailsControl, min(h, 12*a.line)+a.px(8), 3*a.line)
	}
	a.buttons()
	a.origin()
	return layout{width: width, height: a.stack(), places: a.places, captions: a.captions}
}

// text puts the icon and the text beside it, in a control that scrolls if it
// is long.
func (a *arranger) text() {
	x, inner := a.left, a.inner
	icon := int32(0)
	if a.question.Icon != protocol.IconNone && a.question.Icon != "" {
		icon = a.px(iconSize)
		x, inner = x+icon+a.px(margin), inner-icon-a.px(margin)
	}
	_, natural := a.measure(a.question.Text, inner)
	long := natural > textLines*a.line
	height := max(natural, icon)
	if long {
		_, natural = a.measure(a.question.Text, inner-a.px(28))
		height = min(natural, textLines*a.line) + a.px(8)
		a.squeezed = true
	}
	a.bands = append(a.bands, band{height, min(height, max(4*a.line, icon)), func(top, got int32) {
		if icon > 0 {
			a.places[iconControl] = box(a.left, top, icon, icon)
		}
		number := textControl
		if long || got < height {
			number = longTextControl
		}
		a.places[number] = box(x, top, inner, got)
	}})
}

func (a *arranger) add(number int, height, least int32) {
	a.bands = append(a.bands, band{height, min(height, least), func(top, height int32) {
		a.places[number] = box(a.left, top, a.inner, height)
	}})
}

func (a *arranger) fixed(number int, height int32) { a.add(number, height, height) }

// label puts a text of so many lines at most.
func (a *arranger) label(number int, text string, lines int32) {
	if text != "" {
		_, h := a.measure(text, a.inner)
		a.fixed(number, min(h, lines*a.line))
	}
}

// tools puts the buttons that answer nothing, to the left.
func (a *arranger) tools() {
	x, height := a.left, a.px(buttonHeight)
	var numbers []int
	var widths []int32
	add := func(number int, caption string) {
		w, _ := a.measure(caption, a.inner)
		numbers, widths = append(numbers, number), append(widths, min(a.inner/2-a.px(gap), max(a.px(buttonWidth), w+a.px(24))))
	}
	words := a.question.Words
	if a.question.Details != "" {
		caption := words.Details
		if a.expanded {
			caption = words.HideDetails
		}
		add(toggleControl, caption)
	}
	if a.question.Link != "" {
		add(linkControl, words.More)
	}
	if len(numbers) == 0 {
		return
	}
	a.bands = append(a.bands, band{height, height, func(top, _ int32) {
		for i, number := range numbers {
			a.places[number] = box(x, top, widths[i], height)
			x += widths[i] + a.px(gap)
		}
	}})
}

// origin puts who sent below a line and behind an icon, under the buttons,
// where no text of the message comes.
func (a *arranger) origin() {
	a.fixed(ruleControl, a.px(2))
	x, inner := a.left+a.px(smallIcon+gap), a.inner-a.px(smallIcon+gap)
	_, first := a.measure(a.question.Origin, inner)
	first = max(min(first, 3*a.line), a.px(smallIcon))
	second := int32(0)
	if a.question.Sender != "" {
		_, second = a.measure(quoted(a.question.Sender), inner)
		second = min(second, 2*a.line)
	}
	a.bands = append(a.bands, band{first + second, first + second, func(top, _ int32) {
		a.places[originIconControl] = box(a.left, top, a.px(smallIcon), a.px(smallIcon))
		a.places[originControl] = box(x, top, inner, first)
		if second > 0 {
			a.places[senderControl] = box(x, top+first, inner, second)
		}
	}})
}

// stack puts the bands below each other, made lower as far as need be, the
// last first, and returns the height of it all.
func (a *arranger) stack() int32 {
	total := 2*a.px(margin) + int32(len(a.bands)-1)*a.px(gap)
	for _, b := range a.bands {
		total += b.height
	}
	for i := len(a.bands) - 1; i >= 0 && total > a.height; i-- {
		b := &a.bands[i]
		less := min(total-a.height, b.height-b.least)
		b.height -= less
		total -= less
		a.squeezed = true
	}
	top := a.px(margin)
	for _, b := range a.bands {
		b.put(top, b.height)
		top += b.height + a.px(gap)
	}
	return total
}

func box(left, top, width, height int32) win.Rect {
	return win.Rect{Left: left, Top: top, Right: left + width, Bottom: top + height}
}

func quoted(sender string) string { return "“" + sender + "”" }

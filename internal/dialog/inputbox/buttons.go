package inputbox

import (
	"sort"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
)

// buttons puts the buttons, to the right, in as many rows as they need; long
// captions are cut, and at last the buttons stand in columns, where these
// would leave no room for the rest.
func (a *arranger) buttons() {
	offered := a.question.Buttons
	if len(offered) == 0 {
		offered = []dialog.Button{{Number: closeControl, Caption: a.question.Words.Close}}
	}
	room := a.height - 2*a.px(margin) - a.px(originRoom)
	for _, b := range a.bands {
		room -= b.least + a.px(gap)
	}
	bands := len(a.bands)
	for _, lines := range []int32{6, 4, 3, 2, 1} {
		a.bands = a.bands[:bands]
		a.rows(offered, lines)
		height := int32(0)
		for _, b := range a.bands[bands:] {
			height += b.height + a.px(gap)
		}
		if height <= room {
			return
		}
		a.squeezed, a.crowded = true, true
	}
	a.bands = a.bands[:bands]
	a.grid(offered, room)
}

// rows fills rows with buttons as wide as their captions, of so many lines at
// most.
func (a *arranger) rows(offered []dialog.Button, lines int32) {
	type button struct {
		number        int
		width, height int32
	}
	var line []button
	used := int32(0)
	end := func() {
		if len(line) == 0 {
			return
		}
		row, width := line, used-a.px(gap)
		height := int32(0)
		for _, b := range row {
			height = max(height, b.height)
		}
		a.bands = append(a.bands, band{height, height, func(top, _ int32) {
			x := a.left + a.inner - width
			for _, b := range row {
				a.places[b.number] = box(x, top, b.width, height)
				x += b.width + a.px(gap)
			}
		}})
		line, used = nil, 0
	}
	for _, o := range offered {
		w, h := a.caption(o, a.inner-a.px(24), lines)
		b := button{o.Number, min(max(w+a.px(24), a.px(buttonWidth)), a.inner), max(h+a.px(8), a.px(buttonHeight))}
		if used+b.width > a.inner {
			end()
		}
		line, used = append(line, b), used+b.width+a.px(gap)
	}
	end()
}

// grid puts buttons of one size in columns.
func (a *arranger) grid(offered []dialog.Button, room int32) {
	step := a.px(buttonHeight + gap/2)
	rows := max(1, room/step)
	columns := (int32(len(offered)) + rows - 1) / rows
	rows = (int32(len(offered)) + columns - 1) / columns
	width := a.inner / columns
	height := rows * step
	for _, o := range offered {
		a.caption(o, width-a.px(gap), 1)
	}
	a.bands = append(a.bands, band{height, height, func(top, _ int32) {
		for i, o := range offered {
			x, y := a.left+int32(i)%columns*width, top+int32(i)/columns*step
			a.places[o.Number] = win.Rect{Left: x, Top: y, Right: x + width - a.px(gap/2), Bottom: y + a.px(buttonHeight)}
		}
	}})
}

// caption cuts the caption of a button so that it has at most so many lines of
// a width, and returns its size.
func (a *arranger) caption(b dialog.Button, width, lines int32) (w, h int32) {
	text := b.Caption
	if w, h = a.measure(text, width); h > lines*a.line || w > width {
		runes := []rune(text)
		fits := func(n int) bool {
			w, h := a.measure(string(runes[:n])+"…", width)
			return h <= lines*a.line && w <= width
		}
		n := sort.Search(len(runes), func(n int) bool { return !fits(n + 1) })
		text = string(runes[:n]) + "…"
		w, h = a.measure(text, width)
	}
	a.captions[b.Number] = text
	return w, h
}

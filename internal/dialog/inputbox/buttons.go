package inputbox

import "github.com/deskbell/deskbell/internal/win"

// buttons puts the buttons, to the right, in as many rows as they need; where
// these would take half the screen, in columns.
func (a *arranger) buttons() {
	offered := a.question.Buttons
	if len(offered) == 0 {
		a.row([]int{closeControl}, []string{a.question.Words.Close})
		return
	}
	numbers, captions := make([]int, len(offered)), make([]string, len(offered))
	for i, b := range offered {
		numbers[i], captions[i] = b.Number, b.Caption
	}
	bands := len(a.bands)
	a.row(numbers, captions)
	height := int32(0)
	for _, b := range a.bands[bands:] {
		height += b.height + a.px(gap)
	}
	if height > a.metrics.height/2 {
		a.bands = a.bands[:bands]
		a.grid(numbers)
		a.squeezed, a.crowded = true, true
	}
}

// row fills rows with buttons as wide as their captions, a caption that is
// wider than the window in several lines.
func (a *arranger) row(numbers []int, captions []string) {
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
	for i, number := range numbers {
		w, h := a.measure(captions[i], a.inner-a.px(24))
		b := button{number, min(max(w+a.px(24), a.px(buttonWidth)), a.inner), max(min(h, 6*a.line)+a.px(8), a.px(buttonHeight))}
		if used+b.width > a.inner {
			end()
		}
		line, used = append(line, b), used+b.width+a.px(gap)
	}
	end()
}

// grid puts buttons of one size in columns.
func (a *arranger) grid(numbers []int) {
	step := a.px(buttonHeight + gap/2)
	rows := max(1, a.metrics.height/2/step)
	columns := (int32(len(numbers)) + rows - 1) / rows
	rows = (int32(len(numbers)) + columns - 1) / columns
	width := a.inner / columns
	height := rows * step
	a.bands = append(a.bands, band{height, height, func(top, _ int32) {
		for i, number := range numbers {
			x, y := a.left+int32(i)%columns*width, top+int32(i)/columns*step
			a.places[number] = win.Rect{Left: x, Top: y, Right: x + width - a.px(gap/2), Bottom: y + a.px(buttonHeight)}
		}
	}})
}

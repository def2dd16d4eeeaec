package taskdialog

import (
	"strings"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// Sizes in pixels at 96 dpi, estimated to the safe side: a task dialog cannot
// be asked for its size before it opens, nor made to scroll.
const (
	// room is the height of a 1366×768 screen at 150 % less task bar, title
	// bar and margins.
	room            = 768*2/3 - 40 - 32 - 40
	lineHeight      = 16
	lineWidth       = 46 // characters
	longestWord     = 40 // is not broken
	buttonRow       = 44
	commandLink     = 44
	commandLinkLine = 18
	barRow          = 28
	footerMargin    = 22
)

// fits reports whether the question has room in a task dialog, on a small
// screen, with its details shown.
func fits(q dialog.Question) bool {
	if longWord(q.Text) || longWord(q.Details) || longWord(q.Detail) || longWord(q.Countdown) {
		return false
	}
	height := lineHeight*(lines(content(q, q.Countdown))+lines(q.Details)+lines(footer(q))) + footerMargin
	if q.Details != "" || q.Check != "" {
		height += buttonRow + lineHeight*lines(q.Check)
	}
	if q.Kind == protocol.KindProgress {
		height += barRow
	}
	if !wantsCommandLinks(q) {
		return height+buttonRow <= room
	}
	for _, b := range q.Buttons {
		height += commandLink + commandLinkLine*(lines(b.Caption)-1)
	}
	if q.Link != "" {
		height += commandLink
	}
	return height <= room
}

// lines counts the lines that a text takes up.
func lines(text string) int {
	if text == "" {
		return 0
	}
	n := 0
	for line := range strings.Lines(text) {
		n += max(1, (width(line)+lineWidth-1)/lineWidth)
	}
	return n
}

func longWord(text string) bool {
	for word := range strings.FieldsSeq(text) {
		if width(word) > longestWord {
			return true
		}
	}
	return false
}

// width counts characters; those from Hangul on, mostly ideographs, are wide.
func width(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r >= 0x1100 {
			n++
		}
	}
	return n
}

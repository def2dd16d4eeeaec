//go:build linux

package main

import (
	"slices"
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/internal/dialog"
)

// clean makes text harmless once more: whoever sent the question has done so,
// but a window is the last place to do it. What has a line of its own is put on
// one.
func clean(q dialog.Question) dialog.Question {
	for _, text := range []*string{&q.Text, &q.Details} {
		*text = breakable(dialog.Clean(*text))
	}
	for _, line := range []*string{
		&q.Origin, &q.Sender, &q.Check, &q.Hint, &q.Detail, &q.Countdown,
		&q.Words.Details, &q.Words.HideDetails, &q.Words.More, &q.Words.NoMatch, &q.Words.Close,
	} {
		*line = breakable(dialog.CleanLine(*line))
	}
	q.Title, q.Initial = dialog.CleanLine(q.Title), dialog.Clean(q.Initial)
	q.Buttons, q.Choices = slices.Clone(q.Buttons), slices.Clone(q.Choices)
	for i, b := range q.Buttons {
		q.Buttons[i].Caption = breakable(dialog.CleanLine(b.Caption))
	}
	for i, c := range q.Choices {
		q.Choices[i].Caption = breakable(dialog.CleanLine(c.Caption))
	}
	return q
}

// short cuts a label that must not widen the window.
func short(label string) string {
	if r := []rune(label); len(r) > mostChars {
		return string(r[:mostChars]) + "…"
	}
	return label
}

// breakable gives long words places to break at that cannot be seen: Pango
// takes seconds to break a word of thousands of letters where there are none.
func breakable(text string) string {
	const (
		long            = 30
		every           = 12
		zeroWidthSpace  = '\u200b'
		zeroWidthJoiner = '\u200d'
	)
	var b strings.Builder
	run, last := 0, rune(0)
	for _, r := range text {
		if unicode.IsSpace(r) {
			run = 0
		} else {
			run++
		}
		joined := unicode.IsMark(r) || r == zeroWidthJoiner || last == zeroWidthJoiner || unicode.Is(unicode.Sk, r)
		if run > long && run%every == 0 && !joined {
			b.WriteRune(zeroWidthSpace)
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}

//go:build linux

package main

import (
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/internal/dialog"
)

// oneLine puts text that has its own line on one, and cuts what no line shows.
func oneLine(text string) string { return short(strings.Join(strings.Fields(text), " "), 500) }

// short cuts text of which only the beginning is shown, before GTK lays it all
// out.
func short(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// clean makes text harmless once more: whoever sent the question has done so,
// but a window is the last place to do it.
func clean(q dialog.Question) dialog.Question {
	for _, text := range []*string{
		&q.Text, &q.Details, &q.Origin, &q.Sender, &q.Check, &q.Hint, &q.Detail, &q.Countdown,
		&q.Words.Details, &q.Words.HideDetails, &q.Words.More, &q.Words.NoMatch, &q.Words.Close,
	} {
		*text = breakable(printable(*text))
	}
	q.Title, q.Initial = printable(q.Title), printable(q.Initial)
	buttons := make([]dialog.Button, len(q.Buttons))
	for i, b := range q.Buttons {
		buttons[i] = dialog.Button{Number: b.Number, Caption: oneLine(breakable(printable(b.Caption)))}
	}
	choices := make([]dialog.Choice, len(q.Choices))
	for i, c := range q.Choices {
		c.Caption = oneLine(breakable(printable(c.Caption)))
		choices[i] = c
	}
	q.Buttons, q.Choices = buttons, choices
	return q
}

// printable takes out control characters and those that turn the direction of
// text, by which a file name or a sender can be made to read as another.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, text)
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

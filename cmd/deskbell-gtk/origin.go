//go:build linux

package main

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// newOrigin returns the strip along the lower edge that says who asks: what
// the mailbox vouches for, and below it, fainter, what the sender claims.
func newOrigin(g *gtk.Library, q dialog.Question) gtk.Widget {
	strip := g.Box(gtk.Horizontal, 10)
	g.Class(strip, "deskbell-origin")
	name := "avatar-default-symbolic"
	if q.Trusted {
		name = "security-high-symbolic"
	}
	icon := g.Image(name, 16)
	lines := g.Box(gtk.Vertical, 0)
	g.HExpand(lines, true)
	origin := g.Text(oneLine(q.Origin), 0, mostChars)
	g.Class(origin, "deskbell-vouched")
	g.Add(lines, origin)
	if q.Sender != "" {
		sender := g.Line(oneLine(q.Sender), mostChars)
		g.Class(sender, "deskbell-claimed")
		g.Add(lines, sender)
	}
	g.Add(strip, icon, lines)
	g.SetVisible(strip, q.Origin != "" || q.Sender != "")
	return strip
}

// iconName is the name of an icon of the message in the icon theme.
func iconName(icon string) string {
	switch icon {
	case protocol.IconWarning:
		return "dialog-warning"
	case protocol.IconError:
		return "dialog-error"
	case protocol.IconQuestion:
		return "dialog-question"
	case protocol.IconShield:
		return "security-high"
	}
	return "dialog-information"
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

// isWebAddress reports whether the link may be offered.
func isWebAddress(link string) bool {
	u, err := url.Parse(link)
	return err == nil && u.Scheme == "https" && u.Host != ""
}

// oneLine puts text that has its own line on one.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// clean takes out what C and GTK cannot show. What is misleading to people has
// been taken out by who sent the question.
func clean(q dialog.Question) dialog.Question {
	for _, text := range []*string{
		&q.Title, &q.Text, &q.Details, &q.Origin, &q.Sender, &q.Check, &q.Initial, &q.Hint,
		&q.Detail, &q.Countdown, &q.Words.Details, &q.Words.HideDetails, &q.Words.More,
		&q.Words.NoMatch, &q.Words.Close,
	} {
		*text = printable(*text)
	}
	buttons := make([]dialog.Button, len(q.Buttons))
	for i, b := range q.Buttons {
		buttons[i] = dialog.Button{Number: b.Number, Caption: oneLine(printable(b.Caption))}
	}
	choices := make([]dialog.Choice, len(q.Choices))
	for i, c := range q.Choices {
		c.Caption = oneLine(printable(c.Caption))
		choices[i] = c
	}
	q.Buttons, q.Choices = buttons, choices
	return q
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}

//go:build linux

package main

import (
	"strings"

	"github.com/deskbell/deskbell/cmd/deskbell-gtk/internal/gtk"
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// newOrigin returns the strip along the lower edge that says who asks: what
// the mailbox vouches for, and below it, fainter and in quotation marks, what
// the sender claims.
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
	origin := g.Text(q.Origin, 0, mostChars)
	g.AtMost(origin, 2)
	g.Class(origin, "deskbell-vouched")
	g.Add(lines, origin)
	if q.Sender != "" {
		sender := g.Line("“"+strings.Trim(q.Sender, "“”\"")+"”", mostChars)
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

package taskdialog

import (
	"slices"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// answer is the reply that a button gives; nil when it was not offered.
// Escape and the close box give the number of Cancel without it being a
// button.
func answer(q dialog.Question, button int) *protocol.Reply {
	reply := protocol.Reply{Status: protocol.StatusAnswered, Button: button, Channel: protocol.ChannelDialog}
	offered := func(number int) bool {
		return slices.ContainsFunc(q.Buttons, func(b dialog.Button) bool { return b.Number == number })
	}
	switch {
	case offered(button):
	case button == protocol.ButtonCancel && offered(q.Cancel):
		reply.Button = q.Cancel
	case button == protocol.ButtonCancel, button == closeButton:
		reply.Status, reply.Button = protocol.StatusDismissed, protocol.NoButton
	default:
		return nil
	}
	return &reply
}

// sameShape reports whether one page becomes the other by its texts alone.
func sameShape(a, b win.TaskDialog) bool {
	return a.Flags == b.Flags && a.Icon == b.Icon && a.FooterIcon == b.FooterIcon &&
		slices.Equal(a.Buttons, b.Buttons) && a.Default == b.Default && a.CheckText == b.CheckText &&
		a.Collapse == b.Collapse && a.Expand == b.Expand && (a.Details == "") == (b.Details == "")
}

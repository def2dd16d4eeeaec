package dialog

import (
	"slices"

	"github.com/deskbell/deskbell/protocol"
)

// Pressed returns the reply that a button gives in a dialog, by its number,
// and false when it was not offered. Escape and the close box are
// protocol.ButtonCancel, whether there is such a button or not.
func (q Question) Pressed(button int) (protocol.Reply, bool) {
	offered := func(number int) bool {
		return slices.ContainsFunc(q.Buttons, func(b Button) bool { return b.Number == number })
	}
	reply := protocol.Reply{Status: protocol.StatusAnswered, Button: button, Channel: protocol.ChannelDialog}
	switch {
	case offered(button):
	case button != protocol.ButtonCancel:
		return protocol.Reply{}, false
	case offered(q.Cancel):
		reply.Button = q.Cancel
	case q.Unclosable:
		return protocol.Reply{}, false
	default:
		reply.Status, reply.Button = protocol.StatusDismissed, protocol.NoButton
	}
	return reply, true
}

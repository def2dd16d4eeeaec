package balloon

import (
	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// fill writes the question into a notification icon. Who sent is the
// balloon's title, where no text of the message comes; its own title is the
// first line of the text, and the name claimed, in quotation marks, the last.
func fill(n *win.NotifyIcon, q dialog.Question) {
	win.Fill(n.Tip[:], q.Origin)
	win.Fill(n.Title[:], q.Origin)
	win.Fill(n.Text[:], text(q, len(n.Text)))
	switch q.Icon {
	case protocol.IconWarning:
		n.BalloonFlags = win.BalloonWarning
	case protocol.IconError:
		n.BalloonFlags = win.BalloonError
	case protocol.IconNone:
	default:
		n.BalloonFlags = win.BalloonInformation
	}
	switch q.Urgency {
	case protocol.UrgencyLow:
		n.BalloonFlags |= win.BalloonSilent | win.BalloonWaits
	case protocol.UrgencyCritical:
	default:
		n.BalloonFlags |= win.BalloonWaits
	}
}

// text joins title, text and sender in so many UTF-16 units, the NUL included.
// It is the text that is cut.
func text(q dialog.Question, room int) string {
	before, after := "", ""
	if q.Title != "" && q.Title != q.Text {
		before = bounded(q.Title, room/3) + "\n"
	}
	if q.Sender != "" {
		after = "\n“" + bounded(q.Sender, room/4) + "”"
	}
	room -= len(win.UTF16(before+after)) - 1
	return before + bounded(q.Text, room) + after
}

// bounded cuts text to so many UTF-16 units, a NUL included.
func bounded(text string, room int) string {
	field := make([]uint16, room)
	win.Fill(field, text)
	return win.String(field)
}

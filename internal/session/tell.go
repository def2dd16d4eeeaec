package session

import (
	"context"
	"errors"
	"time"
)

// ErrNoWay is what ShowBox and Write return, wrapped, where the system has no
// such way to tell somebody anything.
var ErrNoWay = errors.New("this system has no such way")

// Box is a message box that the session host of Windows shows by itself in a
// session, without any program of the person's (WTSSendMessage).
type Box struct {
	Title, Text string
	// Style is that of MessageBox: its buttons, icon, default button.
	Style uint32
	// Timeout is how long it is shown, in whole seconds, rounded up; 0 = until it
	// is answered.
	Timeout time.Duration
	// Wait has ShowBox wait for the answer.
	Wait bool
}

// What ShowBox returns besides the number of a button, which is Popup's.
const (
	BoxTimedOut = 32000 // IDTIMEOUT
	BoxShown    = 32001 // IDASYNC: nobody waits for the answer
)

// ShowBox shows a box in a session and returns the button that was pressed.
// Of the session its ID is used. It blocks until then, the end of Timeout, or
// ctx's, whose error it returns; the system has no way to take a box back, which
// stays until it is answered or its time is over. Administrators may show one to
// anybody, others to themselves. The error wraps ErrNoWay on Linux.
func ShowBox(ctx context.Context, s Session, b Box) (button int, err error) {
	return showBox(ctx, s, b)
}

// Write writes a text on the terminals on which a user is logged on, as write(1)
// and wall(1) do, and returns on how many. Only a device that is his is written
// to, and none for longer than a few seconds. Control characters are left out,
// and what is very long is cut. Root may write to everybody's, others to their
// own. The error says why there is a terminal and it could not be written to; it
// wraps ErrNoWay on Windows.
func Write(ctx context.Context, uid, text string) (terminals int, err error) {
	return write(ctx, uid, text)
}

package session

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// A Session is what one person has on this computer after logging on.
type Session struct {
	ID   string // as Current says it in that session
	User string // DOMAIN\name or login name; "" where the uid has no name
	UID  string // the uid in decimal, or the SID; "" where the SID could not be found
	// Seat is the seat that the session belongs to; on Windows "console" for
	// the one with the computer's own screen and keyboard. A session without
	// one is not remote for that reason.
	Seat   string
	Remote bool
	// TTY is the terminal that it was begun on, below /dev; "" = none.
	TTY string
	// Active: in the foreground of its seat, or without a seat and connected.
	Active bool
	// State is what can be seen from outside: only the session itself knows
	// whether it is busy.
	State State
	Type  string        // x11, wayland, tty, unspecified; console, rdp, ica
	Class string        // of logind, beginning with "user"; elsewhere "user"
	Since time.Time     // of log-on; zero where it is not known
	Idle  time.Duration // since the last input; 0 where it is not known
	// Locale is the person's first language, BCP 47, as his own session would
	// say it; of others it is seen by administrators alone. "" = not known.
	Locale string
}

// Console reports whether the session is in the foreground at the computer
// itself.
func (s Session) Console() bool { return s.Seat != "" && s.Active && !s.Remote }

// List returns the sessions that a person has, the one to be asked first in
// front (docs/protocol.md, To=active): that at the console, then the most
// recently used. Greeters, background and closing sessions, managers and those
// who only linger are not persons. It asks the system, for two seconds at most;
// a cancelled ctx ends that with its error.
func List(ctx context.Context) ([]Session, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	sessions, err := list(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(sessions, first)
	return sessions, nil
}

func first(a, b Session) int {
	return cmp.Or(
		trueFirst(a.Console(), b.Console()),
		trueFirst(a.Active, b.Active),
		cmp.Compare(a.Idle, b.Idle),
		b.Since.Compare(a.Since),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.UID, b.UID),
	)
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

package session

import "context"

// State is whether the person of a session can be asked something now.
type State struct {
	Locked       bool
	Disconnected bool // not in the foreground of its screen, or gone
	Busy         bool // as Busy says it
}

// Away reports whether nobody can see the session.
func (s State) Away() bool { return s.Locked || s.Disconnected }

// Watch returns a channel with the state of a session: what it is now, and from
// then on each change, of which only the latest waits to be received. It is
// meant for the caller's own session: only there is it seen whether the person
// is busy. The system tells of changes, nothing is asked again and again; where
// there is nobody who tells (no logind, no bus, no display), the first state is
// the only one. Watch blocks until the first state is known, for some seconds at
// most; the channel is closed when ctx is done.
func Watch(ctx context.Context, id string) (<-chan State, error) {
	return watch(ctx, id)
}

// Busy reports whether the person of this process's session must not be
// disturbed: a window fills the screen, something is presented, a program uses
// a camera or microphone, or notifications are held back. Where nothing can be
// asked nobody is busy; an error is a display or bus that does not answer
// properly. It blocks for two seconds at most.
//
// On Linux it is not seen that a window fills the screen of Wayland, that a
// microphone of Bluetooth is used, that PipeWire hands a camera on without
// mapping it, or that GNOME does not disturb because a policy says so. On
// Windows that somebody begins or ends to be left alone is seen when the next
// window comes to the front.
func Busy() (bool, error) { return busy() }

// A latest hands on the latest of several states. Only one goroutine may use
// say.
type latest struct {
	states chan State
	said   bool
	state  State
}

func newLatest() *latest { return &latest{states: make(chan State, 1)} }

// say puts a state in the place of one that nobody has received yet, unless it
// is the one that was said before.
func (l *latest) say(s State) {
	if l.said && s == l.state {
		return
	}
	l.said, l.state = true, s
	select {
	case <-l.states:
	default:
	}
	l.states <- s
}

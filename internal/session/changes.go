package session

import "context"

// Changes returns a channel that signals at once, and then when a session of
// anybody may have begun, ended or changed; signals that nobody has taken yet
// become one. Where there is nobody who tells (no logind, no bus), the first
// is the only one. It blocks for two seconds at most; the channel is closed
// when ctx is done, or when nothing more will be told.
func Changes(ctx context.Context) (<-chan struct{}, error) {
	return changes(ctx)
}

// A bell is rung by one goroutine and heard by another.
type bell chan struct{}

func newBell() bell { return make(bell, 1) }

// ring signals, unless there is a signal already that nobody has taken.
func (b bell) ring() {
	select {
	case b <- struct{}{}:
	default:
	}
}

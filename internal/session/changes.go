package session

import "context"

// Changes returns a channel that signals when a session of any person comes,
// goes, is locked, unlocked, connected or disconnected, and once as soon as it
// watches; signals that nobody has taken yet become one. What changed is to be
// asked by List. The system tells; only a bus that was there and has gone is
// looked for again after a while. Changes blocks for some seconds at most; the channel is
// closed when ctx is done.
func Changes(ctx context.Context) (<-chan struct{}, error) { return changes(ctx) }

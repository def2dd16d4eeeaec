// Package process tells processes apart that have had the same number, says
// whether one still runs and waits for its end. A process is named by its pid
// and the time it started, as docs/protocol.md, "Who is attending", writes
// them down.
package process

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// ID names one process for good: pids are used again, start times are not.
type ID struct {
	Pid int
	// Started is the creation time as FILETIME in decimal on Windows, and
	// <boot_id>:<ticks> on Linux. Empty where the writer did not know it: any
	// process with the pid is then meant.
	Started string
}

// errUnsupported tells that this system cannot wait for a process.
var errUnsupported = errors.New("waiting for a process is not supported")

// lookInterval is how often a process is looked at that cannot be waited for.
const lookInterval = 5 * time.Second

// Self returns the calling process.
func Self() (ID, error) { return self() }

var self = sync.OnceValues(func() (ID, error) { return Of(os.Getpid()) })

// Of returns the process that has the pid now, or fs.ErrNotExist when there
// is none, or fs.ErrPermission when it may not be looked at.
func Of(pid int) (ID, error) { return of(pid) }

// Running reports whether that very process still runs. One that cannot be
// looked at counts as running; one that has ended but is not yet collected by
// its parent does not.
func (id ID) Running() bool { return id.running() }

// SameUser reports whether the process runs as the caller's user. One that
// cannot be looked at counts as such.
func (id ID) SameUser() bool { return id.sameUser() }

// BelongsTo reports whether the process runs as that user, a SID or uid in
// decimal. One that cannot be looked at counts as such.
func (id ID) BelongsTo(user string) bool { return id.belongsTo(user) }

// Wait blocks until the process is gone and returns nil, or until ctx is done
// and returns its error. Where the system cannot tell the end, the process is
// looked at every 5 seconds.
func Wait(ctx context.Context, id ID) error {
	if err := wait(ctx, id); err == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for id.Running() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	return nil
}

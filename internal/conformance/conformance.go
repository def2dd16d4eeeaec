// Package conformance plays the other side of docs/protocol.md for somebody
// else's sender or monitor and says, for each thing that the page asks of it,
// whether it does that, and what was seen where it does not.
//
// It writes and reads records by itself, not through the package mailbox: it
// has to write what a stranger would write, and see in which form and order
// something was written.
package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Side is who has to do something.
type Side string

const (
	Sender  Side = "sender"
	Monitor Side = "monitor"
)

// Requirement is one thing that docs/protocol.md asks of a sender or monitor.
type Requirement struct {
	ID   string // section of the page, dot, number
	Side Side
	Must string
	// Unseen says why it cannot be checked from outside; "" where it is.
	Unseen string
}

// Section is the section of docs/protocol.md that asks for it.
func (r Requirement) Section() string {
	section, _, _ := strings.Cut(r.ID, ".")
	return section
}

// Result is what became of one check.
type Result struct {
	Requirement
	// Problems say what was seen that should not be; none: it conforms.
	Problems []string
	// Skip says why it was not checked; "" where it was.
	Skip string
	// Known tells that the problems are ones the caller knows of.
	Known bool
}

// OK reports whether nothing was found that is not known.
func (r Result) OK() bool { return len(r.Problems) == 0 || r.Known }

func (r *Result) fail(format string, args ...any) {
	if problem := fmt.Sprintf(format, args...); !slices.Contains(r.Problems, problem) {
		r.Problems = append(r.Problems, problem)
	}
}

func (r *Result) skip(format string, args ...any) { r.Skip = fmt.Sprintf(format, args...) }

// Good reports whether all results are OK.
func Good(results []Result) bool {
	return !slices.ContainsFunc(results, func(r Result) bool { return !r.OK() })
}

// Progress is told what goes on.
type Progress interface {
	// Plan tells how many results there will be.
	Plan(int)
	Result(Result)
}

// IsKnown checks that ids are those of requirements of a side.
func IsKnown(side Side, ids []string) error {
	for _, id := range ids {
		if !slices.ContainsFunc(Requirements(), func(r Requirement) bool { return r.ID == id && r.Side == side && r.Unseen == "" }) {
			return fmt.Errorf("nothing that is checked of a %s has the number %s", side, id)
		}
	}
	return nil
}

// checked are the requirements of a side that can be seen.
func checked(side Side) []Requirement {
	return slices.DeleteFunc(Requirements(), func(r Requirement) bool { return r.Side != side || r.Unseen != "" })
}

// waits for changes of a mailbox.
type waiter struct {
	ctx     context.Context
	changes <-chan struct{}
}

// until waits until something is so, at most for limit, and reports whether it
// is. It looks after each change of the mailbox, and now and then for what is
// none, as that a process has ended.
func (w waiter) until(limit time.Duration, so func() bool) bool {
	timer, look := time.NewTimer(limit), time.NewTicker(100*time.Millisecond)
	defer timer.Stop()
	defer look.Stop()
	for !so() {
		select {
		case _, open := <-w.changes:
			if !open {
				return so()
			}
		case <-look.C:
		case <-timer.C:
			return so()
		case <-w.ctx.Done():
			return false
		}
	}
	return true
}

// drain waits until nothing is watched any more, once ctx is done.
func (w waiter) drain() {
	if w.changes == nil {
		return
	}
	for range w.changes {
	}
}

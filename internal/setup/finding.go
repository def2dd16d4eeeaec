package setup

import (
	"context"
	"errors"
	"io/fs"
)

// State says how something that is looked at is.
type State string

const (
	OK        State = "ok"        // as it should be
	Missing   State = "missing"   // it is not there
	Different State = "different" // it is there, and not as it should be
	Failed    State = "failed"    // it could not be looked at, or not be changed
	Unseen    State = "unseen"    // the caller has not the rights to look at it
	Note      State = "note"      // nothing is wrong, but it should be known
)

// Finding is one thing that was looked at.
type Finding struct {
	What    string `json:"what"`
	Place   string `json:"place"`
	State   State  `json:"state"`
	Problem string `json:"problem,omitempty"` // what is wrong with it, where State does not say all
	Advice  string `json:"advice,omitempty"`  // what to do about it
	Act     string `json:"act,omitempty"`     // what was done to it, or would be: make, change, start, remove
}

// Good reports whether nothing has to be done about any of the findings.
func Good(findings []Finding) bool {
	for _, f := range findings {
		if f.State != OK && f.State != Note {
			return false
		}
	}
	return true
}

// thing is a part of an installation. The same list of things is installed,
// looked at and removed.
type thing struct {
	// look says how it is, by one finding or several; none where it does not
	// concern this computer.
	look func(ctx context.Context) []Finding
	// make makes it what it should be, remove takes it away; neither is called
	// where there is nothing to do.
	make, remove func(ctx context.Context) error
	// gone says what there is of it still; nil = what look finds that is not
	// missing.
	gone func(ctx context.Context) []Finding
	verb string // what make does, "" = make or change
}

// act says what make does about what was found.
func (t thing) act(findings ...Finding) string {
	if t.verb != "" {
		return t.verb
	}
	for _, f := range findings {
		if f.State == Different || f.State == Failed {
			return "change"
		}
	}
	return "make"
}

// left is what there is of it.
func (t thing) left(ctx context.Context) []Finding {
	if t.gone != nil {
		return t.gone(ctx)
	}
	var left []Finding
	for _, f := range t.look(ctx) {
		if f.State != Missing {
			left = append(left, f)
		}
	}
	return left
}

// finding is what an error says of something.
func finding(what, place string, err error) Finding {
	f := Finding{What: what, Place: place, State: OK}
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
		f.State = Missing
	case errors.Is(err, fs.ErrPermission):
		f.State, f.Problem = Unseen, err.Error()
	default:
		f.State, f.Problem = Different, err.Error()
	}
	return f
}

package deploy

import (
	"errors"
	"time"
)

// Facts are what is remembered of a job: what has happened, and nothing that was
// concluded from it.
type Facts struct {
	FirstShown time.Time  `json:"firstShown,omitzero"`
	LastAsked  time.Time  `json:"lastAsked,omitzero"`
	Deferrals  []Deferral `json:"deferrals,omitempty"`
	// Installed is when the installer succeeded; nothing else is remembered then.
	Installed time.Time `json:"installed,omitzero"`
	// Agreed is when somebody wanted the jobs of a group now.
	Agreed time.Time `json:"agreed,omitzero"`
}

// Deferral is one time that the job was put off.
type Deferral struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until"` // what was chosen
	User  string    `json:"user,omitempty"`
	How   How       `json:"how"`
}

// How a job was put off.
type How string

const (
	Chosen     How = "chosen"     // by a button
	Closed     How = "closed"     // the window was closed: the shortest delay
	Unanswered How = "unanswered" // the window was there, and nobody did anything
)

// Record keeps the facts of a job between its runs.
type Record interface {
	// Load returns no facts where there are none. What cannot be read is an
	// error: who may be asked once more, and who not, is not to be guessed.
	Load() (Facts, error)
	Save(Facts) error
	// Clear removes them; they may not be there.
	Clear() error
	// Hold keeps other runs of the job away until release; it does not wait for
	// them. The error is ErrHeld while there is one. A run that is killed holds
	// nothing.
	Hold() (release func() error, err error)
}

// ErrHeld tells that another run of the job is at work.
var ErrHeld = errors.New("another run of this job is at work")

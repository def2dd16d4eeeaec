package delivery

import (
	"errors"
	"fmt"

	"github.com/deskbell/deskbell/protocol"
)

// Outcome says how the sending of a message to one recipient ended, as its
// sender sees it: what the reply says, or why there is none.
type Outcome string

// Outcomes that a reply brings.
const (
	Answered  Outcome = "answered" // with a button, an answer, or by being shown
	TimedOut  Outcome = "timeout"
	Dismissed Outcome = "dismissed" // closed without a button
	Expired   Outcome = "expired"
	Skipped   Outcome = "skipped"
	Rejected  Outcome = "rejected" // the message, or a reply that does not fit it
	Failed    Outcome = "failed"   // could not be shown
	Refused   Outcome = "refused"  // by a policy of the administrators
)

// Outcomes without a reply.
const (
	Nobody       Outcome = "nobody"        // no monitor attends, none was to be started
	NoMonitor    Outcome = "no-monitor"    // one was to be started, and could not be
	Told         Outcome = "told"          // on terminals, where nobody can answer
	NotLoggedOn  Outcome = "not-logged-on" // nobody who was meant is
	Denied       Outcome = "denied"        // the caller may not reach him
	LoggedOff    Outcome = "logged-off"    // he was, and went
	SetUp        Outcome = "set-up"        // nobody is yet, as the computer is being set up
	Locked       Outcome = "locked"        // the session, when it was skipped or the time was over
	Disconnected Outcome = "disconnected"  // the same
	Busy         Outcome = "busy"          // the same
	Over         Outcome = "over"          // Options.Within has passed
	Withdrawn    Outcome = "withdrawn"     // somebody else took the message back
	Interrupted  Outcome = "interrupted"   // the sender's context ended
	Broken       Outcome = "broken"        // the mailbox could not be read any more
)

// Outcomes lists them all.
func Outcomes() []Outcome {
	return []Outcome{
		Answered, TimedOut, Dismissed, Expired, Skipped, Rejected, Failed, Refused,
		Nobody, NoMonitor, Told, NotLoggedOn, Denied, LoggedOff, SetUp, Locked, Disconnected, Busy, Over, Withdrawn, Interrupted, Broken,
	}
}

// Result is what became of a message at one recipient. Err is nil when the
// message was answered or the person let it pass (TimedOut, Dismissed), and
// otherwise says why there is no answer.
type Result struct {
	Reply   protocol.Reply
	Session string // of the monitor that replied, else of the recipient
	User    string // who it was sent to, as the system names him; else as the reply does
	UID     string // the same as uid or SID; "" for the caller himself
	// CountsAs is protocol.AbsentYes or AbsentNo where Message.Combine and
	// Absent made that of what several people answered, and nobody's own answer
	// says it; it is in the result that counts only.
	CountsAs string
	Outcome  Outcome
	Err      error
}

// Agreed reports whether the result, if it is the one that counts, is a yes: by
// a button that agrees, by being shown, or by what Message.Absent says.
func (r Result) Agreed() bool {
	if r.CountsAs != "" {
		return r.CountsAs == protocol.AbsentYes
	}
	return voteOf(r) == agreed
}

// ErrTooFew is the error of a quorum that there are not enough people for.
var ErrTooFew = errors.New("fewer people are there than have to agree")

// ErrNobody is the error of Nobody.
var ErrNobody = errors.New("nobody attends this queue")

// ErrOver is the error of Over.
var ErrOver = errors.New("no answer within the time given")

// LaunchError is the error of NoMonitor, with what the monitor that was
// started said for itself.
type LaunchError struct{ Err error }

func (e *LaunchError) Error() string { return "start a monitor: " + e.Err.Error() }

func (e *LaunchError) Unwrap() error { return e.Err }

// ErrLoggedOff is the error of LoggedOff.
var ErrLoggedOff = errors.New("the user has logged off")

// ErrNoService is the error of Nobody where the service should attend.
var ErrNoService = errors.New("the Deskbell service does not attend this queue")

// errDecided is why the letters of others are withdrawn.
var errDecided = errors.New("somebody else has answered")

// HiddenError is the error of Denied where the caller's own sandbox hides what
// tells who attends.
type HiddenError struct{ Err error }

func (e *HiddenError) Error() string {
	return "this process is not allowed to see the user's directory: " + e.Err.Error()
}

func (e *HiddenError) Unwrap() error { return e.Err }

// AwayError is the error of Locked, Disconnected and Busy.
type AwayError struct{ Outcome Outcome }

func (e *AwayError) Error() string {
	switch e.Outcome {
	case Locked:
		return "the session is locked"
	case Disconnected:
		return "the session is disconnected"
	}
	return "the user is busy"
}

// PolicyError is the error of Refused.
type PolicyError struct{ Setting string } // as docs/administration.md names it

func (e *PolicyError) Error() string {
	return fmt.Sprintf("the administrator of that computer does not allow it (%q)", e.Setting)
}

// ErrTold is the error of Told where an answer was asked for.
var ErrTold = errors.New("it was only written on the user's terminals, where nobody can answer")

// resultOf is the result of a reply that fits its message.
func resultOf(r protocol.Reply) Result {
	result := Result{Reply: r, Session: r.Session, Outcome: Outcome(r.Status)}
	switch r.Status {
	case protocol.StatusExpired:
		result.Err = errors.New("it was of no use any more when it could have been shown or answered")
	case protocol.StatusSkipped:
		result.Err = errors.New("the user was busy or not to be disturbed, or the session locked or disconnected")
	case protocol.StatusRejected, protocol.StatusFailed:
		if r.Status == protocol.StatusRejected && r.Policy != "" {
			result.Outcome, result.Err = Refused, &PolicyError{r.Policy}
			break
		}
		result.Err = errors.New(r.Error)
		if r.Error == "" {
			result.Err = fmt.Errorf("the monitor gave no reason for %s", r.Status)
		}
	}
	return result
}

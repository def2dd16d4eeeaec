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
)

// Outcomes without a reply.
const (
	Nobody      Outcome = "nobody"      // no monitor attends, none was to be started
	NoMonitor   Outcome = "no-monitor"  // one was to be started, and could not be
	Over        Outcome = "over"        // Options.Within has passed
	Withdrawn   Outcome = "withdrawn"   // somebody else took the message back
	Interrupted Outcome = "interrupted" // the sender's context ended
	Broken      Outcome = "broken"      // the mailbox could not be read any more
)

// Outcomes lists them all.
func Outcomes() []Outcome {
	return []Outcome{
		Answered, TimedOut, Dismissed, Expired, Skipped, Rejected, Failed,
		Nobody, NoMonitor, Over, Withdrawn, Interrupted, Broken,
	}
}

// Result is what became of a message at one recipient. Err is nil when the
// message was answered or the person let it pass (TimedOut, Dismissed), and
// otherwise says why there is no answer.
type Result struct {
	Reply   protocol.Reply
	Session string // of the monitor that replied
	Outcome Outcome
	Err     error
}

// ErrNobody is the error of Nobody.
var ErrNobody = errors.New("nobody attends this queue")

// ErrOver is the error of Over.
var ErrOver = errors.New("no answer within the time given")

// LaunchError is the error of NoMonitor, with what the monitor that was
// started said for itself.
type LaunchError struct{ Err error }

func (e *LaunchError) Error() string { return "start a monitor: " + e.Err.Error() }

func (e *LaunchError) Unwrap() error { return e.Err }

// RecipientError says that this version cannot send to a recipient.
type RecipientError struct{ Recipient string }

func (e *RecipientError) Error() string {
	return fmt.Sprintf("send to %s: not in this version, which reaches only the user who sends", e.Recipient)
}

// resultOf is the result of a reply that fits its message.
func resultOf(r protocol.Reply) Result {
	result := Result{Reply: r, Session: r.Session, Outcome: Outcome(r.Status)}
	switch r.Status {
	case protocol.StatusExpired:
		result.Err = errors.New("it was of no use any more when it could have been shown or answered")
	case protocol.StatusSkipped:
		result.Err = errors.New("the user was busy, or the session locked or disconnected")
	case protocol.StatusRejected, protocol.StatusFailed:
		result.Err = errors.New(r.Error)
		if r.Error == "" {
			result.Err = fmt.Errorf("the monitor gave no reason for %s", r.Status)
		}
	}
	return result
}

// Package deskbell asks the person at the screen something, from a program
// that has no desktop: a Windows service, a Linux daemon, a batch job.
//
//	reply, err := deskbell.Ask(ctx, "Install now?", deskbell.Buttons("Now", "Later"))
//
// A call puts a message into the mailbox of the user who runs the program and
// waits until a monitor, which that user's session or Attend runs, has shown
// it and written the reply. It blocks until then; cancelling its context takes
// the message back and closes the window. To asks other people, for programs of
// administrators; Post only puts the message, and Await fetches its reply later,
// from another process if need be.
//
// An answer is never invented. Every function that asks returns an error
// unless the person has answered; errors.As gives an *Error, whose Outcome
// says what happened instead, and errors.Is(err, ErrDeclined) is true where a
// person has seen the question and let it be.
package deskbell

import (
	"context"
	"errors"
	"fmt"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// What travels, and what becomes of it.
type (
	// Message is a question or notice with all its fields.
	Message = protocol.Message
	// Reply is what came back.
	Reply = protocol.Reply
	// Result is what became of a message at one recipient.
	Result = delivery.Result
	// Outcome says how it ended, in one word.
	Outcome = delivery.Outcome
	// PolicyError is in the error of Refused: the setting of the administrators
	// that forbids the message.
	PolicyError = delivery.PolicyError
)

// The outcomes. All but Answered come as an *Error.
const (
	Answered    = delivery.Answered
	TimedOut    = delivery.TimedOut
	Dismissed   = delivery.Dismissed
	Expired     = delivery.Expired
	Skipped     = delivery.Skipped
	Rejected    = delivery.Rejected
	Failed      = delivery.Failed
	Nobody      = delivery.Nobody
	NoMonitor   = delivery.NoMonitor
	Over        = delivery.Over
	Withdrawn   = delivery.Withdrawn
	Interrupted = delivery.Interrupted
	Broken      = delivery.Broken

	NotLoggedOn  = delivery.NotLoggedOn
	LoggedOff    = delivery.LoggedOff
	SetUp        = delivery.SetUp
	Locked       = delivery.Locked
	Disconnected = delivery.Disconnected
	Busy         = delivery.Busy
	Denied       = delivery.Denied
	Refused      = delivery.Refused
	Told         = delivery.Told
)

// ErrDeclined is in the error of a question that a person has seen and closed,
// or answered with Cancel where text or a choice was asked for.
var ErrDeclined = errors.New("declined")

// Error says why there is no answer. Err is what lies behind it, if anything:
// context.Canceled, say.
type Error struct {
	Outcome Outcome
	Reply   Reply
	Err     error
	// CountsAs is "yes" or "no" where Combine and Absent made that of the
	// answers of several people, and nobody's own answer says it.
	CountsAs string
}

func (e *Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("deskbell: no answer: %s", e.Outcome)
	}
	return fmt.Sprintf("deskbell: no answer: %s: %v", e.Outcome, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrDeclined) true for what a person has declined.
func (e *Error) Is(target error) bool {
	return target == ErrDeclined && e.CountsAs != protocol.AbsentYes &&
		(e.Outcome == Dismissed || e.Outcome == Answered || e.CountsAs == protocol.AbsentNo)
}

// Ask shows a question with buttons and returns the reply: Reply.Choice is the
// caption of the button that was pressed, in the language of Buttons, and
// Reply.Button its number. Without Buttons there is OK.
func Ask(ctx context.Context, text string, options ...Option) (Reply, error) {
	s := newSending(protocol.KindPopup, text, options)
	reply, err := s.one(ctx)
	if err == nil && reply.Choice == "" {
		for _, b := range s.message.Offered() {
			if b.Number == reply.Button {
				reply.Choice = b.Caption
			}
		}
	}
	return reply, err
}

// Input asks for a text and returns it. With Mask the answer is sealed on its
// way to a key that only this process has.
func Input(ctx context.Context, text string, options ...Option) (string, error) {
	s := newSending(protocol.KindInput, text, options)
	reply, err := s.accepted(ctx)
	return reply.Answer, err
}

// Choose lets the person choose one of the items, or any number of them with
// Multiple, and returns what was chosen.
func Choose(ctx context.Context, text string, items []string, options ...Option) ([]string, error) {
	s := newSending(protocol.KindChoose, text, options)
	s.message.Choices = items
	reply, err := s.accepted(ctx)
	switch {
	case err != nil:
		return nil, err
	case s.message.Multiple:
		return reply.Items, nil
	}
	return []string{reply.Answer}, nil
}

// Notify tells the person something and returns as soon as it has been shown.
func Notify(ctx context.Context, text string, options ...Option) error {
	_, err := newSending(protocol.KindNotify, text, options).one(ctx)
	return err
}

// Send sends any message. The error says that it could not be sent: a
// *protocol.FieldError for a malformed one. What became of it is in the
// results, one for each recipient, the one that counts first: Result.Agreed
// says whether it is a yes.
func Send(ctx context.Context, m Message, options ...Option) ([]Result, error) {
	s := &sending{message: m}
	s.apply(options)
	o, err := s.delivery()
	if err != nil {
		return nil, err
	}
	return delivery.Send(ctx, s.message, o)
}

// accepted is one, where only a button that submits is an answer.
func (s *sending) accepted(ctx context.Context) (Reply, error) {
	reply, err := s.one(ctx)
	if err == nil && !s.message.Accepts(reply.Button) {
		err = &Error{Outcome: Answered, Reply: reply, Err: ErrDeclined}
	}
	return reply, err
}

// one sends and returns the reply that counts.
func (s *sending) one(ctx context.Context) (Reply, error) {
	o, err := s.delivery()
	if err != nil {
		return Reply{}, err
	}
	results, err := delivery.Send(ctx, s.message, o)
	if err != nil {
		return Reply{}, err
	}
	return replyOf(results[0])
}

func replyOf(result Result) (Reply, error) {
	told := result.Outcome == Told && result.Err == nil // a notice, which needs no answer
	if !told && result.Outcome != Answered || result.CountsAs != "" {
		return result.Reply, &Error{result.Outcome, result.Reply, result.Err, result.CountsAs}
	}
	return result.Reply, nil
}

package deskbell_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/deskbell/deskbell"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// user is the scripted user who answers the examples and tests.
const user = `
{"match": "Install", "button": "Now"}
{"match": "Room", "answer": "042"}
{"match": "Password", "answer": "correct horse"}
{"match": "printer", "items": ["First floor"]}
{"match": "parts", "items": ["Editor", "Fonts"]}
{"match": "Cancel", "button": "Cancel"}
{"match": "Close", "dismiss": true}
{"match": "Nobody", "timeout": true}
{"match": "Copying", "timeout": true}
{"match": "complete", "dismiss": true}
`

// TestMain attends a queue of the test's own while the tests run.
func TestMain(m *testing.M) {
	status, err := attended(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

func attended(m *testing.M) (status int, err error) {
	dir, err := os.MkdirTemp("", "deskbell-sdk-*")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	script := filepath.Join(dir, "user")
	queue := fmt.Sprintf("sdk-%d", os.Getpid())
	err = errors.Join(
		os.WriteFile(script, []byte(user), 0o600),
		os.Setenv("DESKBELL_RUNTIME_DIR", filepath.Join(dir, "run")),
		os.Setenv("DESKBELL_QUEUE", queue),
		os.Setenv("DESKBELL_UI", "script:"+script),
	)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, removeQueue(queue), removeQueue("example")) }()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- deskbell.Attend(ctx, deskbell.Handle("double", doubler{}))
	}()
	defer func() {
		cancel()
		err = errors.Join(err, <-ended)
	}()
	if err := untilAttended(queue); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// untilAttended waits until somebody attends the queue.
func untilAttended(queue string) error {
	box, err := mailbox.OpenUser(queue)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		attendants, err := box.Attending()
		if err != nil || len(attendants) > 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("nobody attends")
		case <-ticker.C:
		}
	}
}

// doubler is a processor of a kind of its own.
type doubler struct{}

func (doubler) Process(_ context.Context, m protocol.Message, _ <-chan protocol.Message) (protocol.Reply, error) {
	return protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton, Answer: m.Text + m.Text}, nil
}

// emptied fails if the queue has a message or a reply left.
func emptied(t *testing.T) {
	t.Helper()
	box, err := mailbox.OpenUser(os.Getenv("DESKBELL_QUEUE"))
	if err != nil {
		t.Fatal(err)
	}
	ids, err := box.IDs()
	if err != nil || len(ids) > 0 {
		t.Errorf("messages %q are left, %v", ids, err)
	}
}

func TestMaskedInput(t *testing.T) {
	got, err := deskbell.Input(t.Context(), "Password?", deskbell.Mask())
	if err != nil || got != "correct horse" {
		t.Errorf("%q, %v", got, err)
	}
	emptied(t)
}

func TestMultiple(t *testing.T) {
	got, err := deskbell.Choose(t.Context(), "Which parts?", []string{"Editor", "Spelling", "Fonts"}, deskbell.Multiple())
	if err != nil || fmt.Sprint(got) != "[Editor Fonts]" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestNoAnswer is every way not to answer.
func TestNoAnswer(t *testing.T) {
	ctx := t.Context()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	ask := func(text string, options ...deskbell.Option) func() error {
		return func() error {
			_, err := deskbell.Ask(ctx, text, options...)
			return err
		}
	}
	for name, test := range map[string]struct {
		ask      func() error
		outcome  deskbell.Outcome
		declined bool
	}{
		"closed":       {ask("Close this"), deskbell.Dismissed, true},
		"timeout":      {ask("Nobody", deskbell.Timeout(time.Second)), deskbell.TimedOut, false},
		"over":         {ask("Nobody", deskbell.Within(time.Millisecond)), deskbell.Over, false},
		"expired":      {ask("Nobody", deskbell.TTL(time.Second)), deskbell.Expired, false},
		"failed":       {ask("unheard of"), deskbell.Failed, false},
		"nobody":       {ask("x", deskbell.Queue("sdk-unattended"), deskbell.NoLaunch()), deskbell.Nobody, false},
		"no monitor":   {ask("x", deskbell.Queue("sdk-unattended"), deskbell.Launch("no-such-program")), deskbell.NoMonitor, false},
		"unknown kind": {ask("x", deskbell.With(func(m *deskbell.Message) { m.Kind = "nosuch" })), deskbell.Rejected, false},
		"cancelled input": {func() error {
			_, err := deskbell.Input(ctx, "Cancel this")
			return err
		}, deskbell.Answered, true},
	} {
		err := test.ask()
		var e *deskbell.Error
		if !errors.As(err, &e) || e.Outcome != test.outcome {
			t.Errorf("%s: %v, want outcome %s", name, err, test.outcome)
		}
		if errors.Is(err, deskbell.ErrDeclined) != test.declined {
			t.Errorf("%s: declined is %v, want %v", name, !test.declined, test.declined)
		}
	}
	if _, err := deskbell.Ask(cancelled, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before it was put: %v", err)
	}
	var field *protocol.FieldError
	if _, err := deskbell.Ask(ctx, "", deskbell.Title("x")); !errors.As(err, &field) || field.Field != "Text" {
		t.Errorf("a question without text: %v", err)
	}
	emptied(t)
	if err := removeQueue("sdk-unattended"); err != nil {
		t.Error(err)
	}
}

// TestCancelWithdraws cancels a question while it is shown.
func TestCancelWithdraws(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	box, err := mailbox.OpenUser(os.Getenv("DESKBELL_QUEUE"))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan error, 1)
	go func() {
		_, err := deskbell.Ask(ctx, "Nobody", deskbell.ID("cancelled"))
		asked <- err
	}()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-ticker.C {
		if state, _, err := box.State("cancelled"); err != nil {
			t.Fatal(err)
		} else if state != mailbox.Free {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("it was not claimed")
		}
	}
	// A second question is answered beside the first.
	if err := deskbell.Notify(t.Context(), "It is complete"); err != nil {
		t.Error(err)
	}
	cancel()
	var e *deskbell.Error
	if err := <-asked; !errors.As(err, &e) || e.Outcome != deskbell.Interrupted || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want it interrupted by the context", err)
	}
	emptied(t)
}

func TestBarCancelled(t *testing.T) {
	bar, err := deskbell.Progress(t.Context(), "Cancel this", deskbell.Cancellable())
	if err != nil {
		t.Fatal(err)
	}
	<-bar.Closed()
	if err := bar.Set(50, "more"); err != nil {
		t.Error(err)
	}
	if err := bar.Done(); !errors.Is(err, deskbell.ErrDeclined) {
		t.Errorf("%v, want it declined", err)
	}
	emptied(t)
}

func TestAttendedAlready(t *testing.T) {
	if err := deskbell.Attend(t.Context()); err == nil {
		t.Error("a second monitor attends the same queue in the same session")
	}
}

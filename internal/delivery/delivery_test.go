package delivery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// attended returns a mailbox in memory in which answer replies to every
// message; nil leaves them.
func attended(t *testing.T, answer func(box *mailbox.Mailbox, id string, m protocol.Message) error) *mailbox.Mailbox {
	t.Helper()
	box, err := mailbox.New(mailbox.NewMemory(), mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := box.Attend("1", protocol.Presence{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	changes, err := box.Changes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- serve(box, changes, answer) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if ids, err := box.IDs(); err != nil || len(ids) > 0 {
			t.Errorf("messages %q are left, %v", ids, err)
		}
	})
	return box
}

// serve answers each message once, until changes is closed.
func serve(box *mailbox.Mailbox, changes <-chan struct{}, answer func(*mailbox.Mailbox, string, protocol.Message) error) error {
	for range changes {
		ids, err := box.IDs()
		if err != nil {
			return err
		}
		for _, id := range ids {
			entry, err := box.Get(id)
			if state, _, _ := box.State(id); err != nil || answer == nil || state != mailbox.Free {
				continue
			}
			if err := answer(box, id, entry.Message); err != nil && !withdrawnMeanwhile(box, id, err) {
				return err
			}
		}
	}
	return nil
}

// withdrawnMeanwhile reports whether an answer could not be written because the
// message was taken back while it was given, as somebody else's had decided.
func withdrawnMeanwhile(box *mailbox.Mailbox, id string, err error) bool {
	_, gone := box.Get(id)
	return errors.Is(err, mailbox.ErrClaimLost) && errors.Is(gone, fs.ErrNotExist)
}

// reply answers with r.
func reply(r protocol.Reply) func(*mailbox.Mailbox, string, protocol.Message) error {
	return func(box *mailbox.Mailbox, id string, _ protocol.Message) error {
		return errors.Join(box.Claim(id, protocol.Reply{Status: protocol.StatusShown}), box.Reply(id, r))
	}
}

func question(text string) protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = text
	return m
}

func input() protocol.Message {
	m := protocol.NewMessage(protocol.KindInput)
	m.Text, m.Mask, m.Pattern = "Password?", true, "[a-z]+"
	return m
}

func TestOutcomes(t *testing.T) {
	none := protocol.NoButton
	for name, test := range map[string]struct {
		message protocol.Message
		answer  func(*mailbox.Mailbox, string, protocol.Message) error
		within  time.Duration
		want    Outcome
	}{
		"answered":  {question("x"), reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1}), 0, Answered},
		"timeout":   {question("x"), reply(protocol.Reply{Status: protocol.StatusTimeout, Button: none}), 0, TimedOut},
		"dismissed": {question("x"), reply(protocol.Reply{Status: protocol.StatusDismissed, Button: none}), 0, Dismissed},
		"expired":   {question("x"), reply(protocol.Reply{Status: protocol.StatusExpired, Button: none}), 0, Expired},
		"skipped":   {question("x"), reply(protocol.Reply{Status: protocol.StatusSkipped, Button: none}), 0, Skipped},
		"rejected":  {question("x"), reply(protocol.Reply{Status: protocol.StatusRejected, Button: none, Error: "why"}), 0, Rejected},
		"failed":    {question("x"), reply(protocol.Reply{Status: protocol.StatusFailed, Button: none}), 0, Failed},
		"over":      {question("x"), nil, 10 * time.Millisecond, Over},
		"withdrawn by another": {question("x"), func(box *mailbox.Mailbox, id string, _ protocol.Message) error {
			return box.Withdraw(id)
		}, 0, Withdrawn},
		"a button that was not offered": {question("x"), reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 6}), 0, Rejected},
		"masked, not sealed":            {input(), reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: "secret"}), 0, Rejected},
		"masked, sealed": {input(), func(box *mailbox.Mailbox, id string, m protocol.Message) error {
			return sealed(box, id, m, "secret")
		}, 0, Answered},
		"sealed, against the pattern": {input(), func(box *mailbox.Mailbox, id string, m protocol.Message) error {
			return sealed(box, id, m, "SECRET")
		}, 0, Rejected},
		"masked, cancelled": {input(), reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 2}), 0, Answered},
	} {
		t.Run(name, func(t *testing.T) {
			box := attended(t, test.answer)
			results, err := Send(t.Context(), test.message, Options{Mailbox: box, Within: test.within})
			if err != nil || len(results) != 1 {
				t.Fatalf("%v, %v", results, err)
			}
			r := results[0]
			if r.Outcome != test.want {
				t.Errorf("outcome %s (%v), want %s", r.Outcome, r.Err, test.want)
			}
			quiet := r.Outcome == Answered || r.Outcome == TimedOut || r.Outcome == Dismissed
			if (r.Err == nil) != quiet {
				t.Errorf("outcome %s has error %v", r.Outcome, r.Err)
			}
			if r.Outcome == Rejected && r.Reply.Answer != "" {
				t.Errorf("answer %q is passed on with outcome %s", r.Reply.Answer, r.Outcome)
			}
			if name == "masked, sealed" && r.Reply.Answer != "secret" {
				t.Errorf("the answer is %q", r.Reply.Answer)
			}
		})
	}
}

func sealed(box *mailbox.Mailbox, id string, m protocol.Message, answer string) error {
	text, err := protocol.Seal(answer, m.SealTo)
	if err != nil {
		return err
	}
	return reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1, Answer: text})(box, id, m)
}

// TestLaunch asks for a monitor only where none attends, and says why there is
// none.
func TestLaunch(t *testing.T) {
	why := errors.New("no display")
	for name, test := range map[string]struct {
		launch func(context.Context) error
		want   Outcome
		cause  error
	}{
		"nobody":             {nil, Nobody, ErrNobody},
		"not here":           {func(context.Context) error { return fmt.Errorf("%w here", ErrNobody) }, Nobody, ErrNobody},
		"cannot be started":  {func(context.Context) error { return why }, NoMonitor, why},
		"over while it does": {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, Over, ErrOver},
	} {
		t.Run(name, inBubble(func(t *testing.T) {
			box, err := mailbox.New(mailbox.NewMemory(), mailbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			results, err := Send(t.Context(), question("x"), Options{Mailbox: box, Launch: test.launch, Within: 50 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			if r := results[0]; r.Outcome != test.want || !errors.Is(r.Err, test.cause) {
				t.Errorf("outcome %s, %v; want %s, %v", r.Outcome, r.Err, test.want, test.cause)
			}
			if ids, err := box.IDs(); err != nil || len(ids) > 0 {
				t.Errorf("messages %q are left, %v", ids, err)
			}
		}))
	}
	t.Run("attended", func(t *testing.T) {
		box := attended(t, reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1}))
		_, err := Send(t.Context(), question("x"), Options{Mailbox: box, Launch: func(context.Context) error {
			t.Error("another is started")
			return nil
		}})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("by the session", func(t *testing.T) {
		box := attended(t, nil)
		m := question("x")
		m.Session = "elsewhere"
		for _, launch := range []func(context.Context) error{nil, func(context.Context) error { return nil }} {
			results, err := Send(t.Context(), m, Options{Mailbox: box, Launch: launch})
			if err != nil || results[0].Outcome != Nobody {
				t.Errorf("%v, %v", results, err)
			}
		}
	})
}

// TestReplied takes the reply of a monitor that has gone before the sender
// looks who attends.
func TestReplied(t *testing.T) {
	box, err := mailbox.New(mailbox.NewMemory(), mailbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(t.Context(), question("x"), Options{Mailbox: box, ID: "q"})
	if err != nil {
		t.Fatal(err)
	}
	if err := reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1})(box, "q", question("x")); err != nil {
		t.Fatal(err)
	}
	if r := d.Wait(t.Context())[0]; r.Outcome != Answered {
		t.Errorf("outcome %s, %v", r.Outcome, r.Err)
	}
}

// TestNotPut tells before anything is put what cannot be sent.
func TestNotPut(t *testing.T) {
	box := attended(t, nil)
	var field *protocol.FieldError
	if _, err := Send(t.Context(), question(""), Options{Mailbox: box}); !errors.As(err, &field) {
		t.Errorf("without text: %v", err)
	}
	d, err := Open(t.Context(), question("x"), Options{Mailbox: box, ID: "taken"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), question("x"), Options{Mailbox: box, ID: "taken"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an id that is in use: %v", err)
	}
	if err := d.Withdraw(); err != nil {
		t.Error(err)
	}
}

// TestMessage is what a sender adds to a message.
func TestMessage(t *testing.T) {
	box := attended(t, nil)
	before := time.Now()
	d, err := Open(t.Context(), input(), Options{Mailbox: box, Within: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	entry, err := box.Get(d.ID())
	if err != nil {
		t.Fatal(err)
	}
	m := entry.Message
	if m.SenderPid == 0 || m.SenderStarted == "" {
		t.Errorf("it does not say who waits: %d %q", m.SenderPid, m.SenderStarted)
	}
	if m.SealTo == "" {
		t.Error("a masked answer is not sealed")
	}
	if left := m.Expires.Sub(before); left < 59*time.Minute || left > 61*time.Minute {
		t.Errorf("it expires in %v", left)
	}
	if err := d.Withdraw(); err != nil {
		t.Error(err)
	}
	if d, err = Open(t.Context(), question("x"), Options{Mailbox: box, Outlive: true}); err != nil {
		t.Fatal(err)
	}
	if entry, err = box.Get(d.ID()); err != nil || entry.Message.SenderPid != 0 {
		t.Errorf("it says that %d waits, %v", entry.Message.SenderPid, err)
	}
	if err := d.Withdraw(); err != nil {
		t.Error(err)
	}
	if err := d.Update(func(*protocol.Message) {}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an update of what is gone: %v", err)
	}
}

// TestAwait fetches a reply later, and leaves the message where none comes.
func TestAwait(t *testing.T) {
	box := attended(t, nil)
	if _, err := Open(t.Context(), question("x"), Options{Mailbox: box, ID: "q", Outlive: true}); err != nil {
		t.Fatal(err)
	}
	_, r, err := Await(t.Context(), "q", Options{Mailbox: box, Within: 10 * time.Millisecond})
	if err != nil || r.Outcome != Over {
		t.Errorf("%v, %v", r, err)
	}
	if err := reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 1})(box, "q", question("x")); err != nil {
		t.Fatal(err)
	}
	m, r, err := Await(t.Context(), "q", Options{Mailbox: box})
	if err != nil || r.Outcome != Answered || m.Text != "x" {
		t.Errorf("%v, %v, %v", m.Text, r, err)
	}
	if _, _, err := Await(t.Context(), "q", Options{Mailbox: box}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a message that is not there: %v", err)
	}
}

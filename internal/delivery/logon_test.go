package delivery

import (
	"errors"
	"io/fs"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// TestWaitLogon asks somebody when he comes, and, when he goes without an
// answer, when he comes again.
func TestWaitLogon(t *testing.T) {
	o := newOffice(t)
	times := 0
	d := o.know("anna", nil)
	d.answer = func(box *mailbox.Mailbox, id string, m protocol.Message) error {
		if times++; times > 1 {
			return yes(box, id, m)
		}
		if m.SenderPid != 0 {
			t.Errorf("it goes with its sender: %d", m.SenderPid)
		}
		o.leave("anna")
		o.logOn("anna")
		return nil
	}
	options := o.options()
	options.WaitLogon = true
	delivery, err := Open(t.Context(), to("user:anna,user:nobody"), options)
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := delivery.Attended(t.Context()); !ok {
		t.Fatalf("it is not left: %+v", r)
	}
	results := make(chan []Result)
	go func() { results <- delivery.Wait(t.Context()) }()
	o.logOn("anna")
	all := <-results
	if r := all[0]; r.Outcome != Answered || r.User != "anna" || r.UID != "anna" || times < 2 {
		t.Errorf("%+v, asked %d times", r, times)
	}
	if r := all[1]; r.Outcome != NotLoggedOn || r.Err.Error() != "there is no user:nobody" {
		t.Errorf("%+v", r)
	}
}

// TestWaitLogonInVain tells that he has not come, and to whom it is not allowed.
func TestWaitLogonInVain(t *testing.T) {
	t.Setenv("DESKBELL_RUNTIME_DIR", "")
	synctest.Test(t, func(t *testing.T) {
		o := &office{t: t, people: map[string]*desk{}, admin: true}
		o.know("anna", yes)
		options := o.options()
		options.WaitLogon, options.Within = true, time.Minute
		results, err := Send(t.Context(), to("user:anna"), options)
		if err != nil || results[0].Outcome != NotLoggedOn || results[0].Err.Error() != "user:anna is not logged on" {
			t.Errorf("%+v, %v", results, err)
		}
		for _, whom := range []string{"all", "active", "session:1", ""} {
			var field *protocol.FieldError
			if _, err := Send(t.Context(), to(whom), options); !errors.As(err, &field) || field.Field != "To" {
				t.Errorf("to %q: %v", whom, err)
			}
		}
		o.admin = false
		if _, err := Send(t.Context(), to("user:anna"), options); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("by a user: %v", err)
		}
	})
}

// TestAwaitTwice has two fetch the answer of somebody: one gets it.
func TestAwaitTwice(t *testing.T) {
	o := newOffice(t)
	o.know("anna", yes)
	options := o.options()
	options.ID, options.WaitLogon = "q", true
	if _, err := Open(t.Context(), to("user:anna"), options); err != nil {
		t.Fatal(err)
	}
	results := make(chan Result)
	for range 2 {
		go func() {
			_, r, err := Await(t.Context(), "q", o.options())
			if errors.Is(err, fs.ErrNotExist) { // it came too late to wait
				r, err = Result{Outcome: Withdrawn}, nil
			}
			if err != nil {
				t.Error(err)
			}
			results <- r
		}()
	}
	o.logOn("anna")
	if _, err := o.start(t.Context(), o.order[0], "office"); err != nil {
		t.Fatal(err)
	}
	a, b := <-results, <-results
	if a.Outcome == Withdrawn {
		a, b = b, a
	}
	if a.Outcome != Answered || a.User != "anna" || b.Outcome != Withdrawn {
		t.Errorf("%+v and %+v", a, b)
	}
}

package mailboxtest

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

func testPut(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	check(t, b.Put("a", question("A?")))
	check(t, b.Put("b", question("B?")))
	wantIDs(t, b, "a", "b")
	e, err := b.Get("a")
	check(t, err)
	if e.Message.Text != "A?" || e.Problem != nil || !e.Ready || e.Written.IsZero() {
		t.Errorf("got %+v", e)
	}
	wantError(t, b.Put("a", question("again?")), fs.ErrExist)
	if e, err := b.Get("a"); err != nil || e.Message.Text != "A?" {
		t.Errorf("the message became %q, %v", e.Message.Text, err)
	}
}

func testPutInvalid(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	var field *protocol.FieldError
	if err := b.Put("a", protocol.NewMessage(protocol.KindPopup)); !errors.As(err, &field) || field.Field != "Text" {
		t.Errorf("error %v, want one about the field Text", err)
	}
	if err := b.Put(`..\a/b`, question("?")); err == nil {
		t.Error("an id that is none was put")
	}
	wantIDs(t, b)
}

func testPutStale(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	replied(t, s, "a")
	wantError(t, b.Put("a", question("?")), fs.ErrExist)
	wantState(t, b, "a", mailbox.Spent)
	check(t, b.Withdraw("a"))
	check(t, b.Put("a", question("another?")))
	wantState(t, b, "a", mailbox.Free)
}

func testUpdate(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	m := protocol.NewMessage(protocol.KindProgress)
	m.Detail = "begins"
	wantError(t, b.Update("a", m), fs.ErrNotExist)
	wantIDs(t, b)
	check(t, b.Put("a", m))
	before, err := b.Get("a")
	check(t, err)
	m.Percent, m.Detail = 40, ""
	check(t, b.Update("a", m))
	e, err := b.Get("a")
	check(t, err)
	if e.Message.Percent != 40 || e.Message.Detail != "" || !e.Ready || e.Written.Before(before.Written) {
		t.Errorf("got %+v", e)
	}
	check(t, b.Withdraw("a"))
	wantError(t, b.Update("a", m), fs.ErrNotExist)
	wantIDs(t, b)
}

func testWithdraw(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	check(t, b.Withdraw("never-there"))
	replied(t, s, "a")
	check(t, b.Withdraw("a"))
	wantIDs(t, b)
	wantState(t, b, "a", mailbox.Spent)
	check(t, b.Forget("a"))
	wantState(t, b, "a", mailbox.Free)
	_, err := b.Get("a")
	wantError(t, err, fs.ErrNotExist)
}

func testFolding(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	check(t, b.Put("Some.ID-1", question("?")))
	wantIDs(t, b, "some.id-1")
	if _, err := b.Get("SOME.id-1"); err != nil {
		t.Error(err)
	}
	check(t, b.Claim("some.ID-1", protocol.Reply{}))
	wantState(t, b, "SOME.ID-1", mailbox.Ours)
	check(t, b.Reply("Some.Id-1", answer(102)))
	check(t, b.Forget("SOME.ID-1"))
	wantIDs(t, b)
	wantState(t, b, "some.id-1", mailbox.Free)
}

func testFields(t *testing.T, s mailbox.Store) {
	m := protocol.NewMessage(protocol.KindChoose)
	m.Text = "two\nlines, <b>&amp;</b>, \u202e, 😀, \"quotes\" \\ and\ttabs"
	m.Title, m.Type, m.Urgency, m.TTL = "Title", 0x1034, protocol.UrgencyCritical, 86400
	m.Choices, m.Multiple = []string{"ä", "b c", "-x"}, true
	m.SenderPid, m.SenderStarted = 42, "boot:7"
	m.Variants = map[string]any{"Text.de": "zwei", "Choices.de": []string{"1", "2", "3"}}
	m.Extra = protocol.Fields{"X-Own": "kept"}
	b := open(t, s, first)
	check(t, b.Put("a", m))
	e, err := b.Get("a")
	check(t, err)
	check(t, e.Problem)
	got, want := e.Message.Fields(), m.Fields()
	if diff := cmp.Diff(folded(want), folded(got)); diff != "" {
		t.Errorf("fields changed (-put +got):\n%s", diff)
	}
}

// folded compares names as the protocol does.
func folded(fields protocol.Fields) map[string]any {
	f := map[string]any{}
	for name, value := range fields {
		f[strings.ToLower(name)] = value
	}
	return f
}

// testForeign has records as other programs write them: any case of names,
// numbers and flags as text, lists as lines.
func testForeign(t *testing.T, s mailbox.Store) {
	check(t, s.Create(mailbox.Inbox, "a", protocol.Fields{
		"TEXT": "?", "buttons": "Now\r\nLater\r\n", "tYPE": " 64 ", "timeout": "30", "Ready": "1",
	}))
	b := open(t, s, first)
	e, err := b.Get("a")
	check(t, err)
	check(t, e.Problem)
	m := e.Message
	if m.Text != "?" || m.Type != 64 || m.Timeout != 30 || !cmp.Equal(m.Buttons, []string{"Now", "Later"}) || !e.Ready {
		t.Errorf("got %+v", e)
	}
	check(t, s.Create(mailbox.Outbox, "a", protocol.Fields{"STATUS": "answered", "button": "101", "ready": "1"}))
	state, reply, err := b.State("a")
	check(t, err)
	if state != mailbox.Spent || reply.Button != 101 {
		t.Errorf("state %d, reply %+v", state, reply)
	}
}

// testMalformed has messages that are to be rejected, beside a good one that
// they do not disturb.
func testMalformed(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	check(t, b.Put("good", question("?")))
	long := strings.Repeat("x", protocol.MaxField+1)
	many := protocol.Fields{"Text": "?", "Ready": 1}
	for i := range protocol.MaxFields + 5 {
		many["X"+strings.Repeat("y", i)] = "1"
	}
	big := protocol.Fields{"Text": "?", "Ready": 1}
	for _, name := range []string{"Details", "X1", "X2", "X3", "X4", "X5"} {
		big[name] = long[1:]
	}
	for id, malformed := range map[string]struct {
		fields protocol.Fields
		field  string
	}{
		"a-type":    {protocol.Fields{"Text": "?", "Type": "abc", "Ready": 1}, "Type"},
		"a-version": {protocol.Fields{"Text": "?", "Version": 99, "Ready": 1}, "Version"},
		"a-text":    {protocol.Fields{"Ready": 1}, "Text"},
		"a-long":    {protocol.Fields{"Text": long, "Ready": 1}, "Text"},
		"a-many":    {many, ""},
		"a-big":     {big, ""},
	} {
		check(t, s.Create(mailbox.Inbox, id, malformed.fields))
		e, err := b.Get(id)
		check(t, err)
		var field *protocol.FieldError
		if !errors.As(e.Problem, &field) || !strings.EqualFold(field.Field, malformed.field) || !e.Ready || e.Written.IsZero() {
			t.Errorf("%s: %+v, problem %v", id, e.Written, e.Problem)
		}
		check(t, b.Claim(id, protocol.Reply{}))
		check(t, b.Reply(id, protocol.Reply{Status: protocol.StatusRejected, Button: protocol.NoButton, Error: e.Problem.Error()}))
		check(t, b.Forget(id))
	}
	wantIDs(t, b, "good")
	if e, err := b.Get("good"); err != nil || e.Problem != nil {
		t.Errorf("the good message: %v, %v", e.Problem, err)
	}
}

func testEmpty(t *testing.T, s mailbox.Store) {
	b := open(t, s, first)
	wantIDs(t, b)
	_, err := b.Get("a")
	wantError(t, err, fs.ErrNotExist)
	wantState(t, b, "a", mailbox.Free)
	attending, err := b.Attending()
	if err != nil || len(attending) > 0 {
		t.Errorf("attending %v, %v", attending, err)
	}
	check(t, b.Forget("a"))
	check(t, b.Drop("a"))
	check(t, b.Sweep())
	wantError(t, b.Reply("a", answer(101)), mailbox.ErrClaimLost)
}

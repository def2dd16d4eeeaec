package mailbox_test

import (
	"context"
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// asStandardUser runs do with a token in which Administrators is there only to
// deny: the same user without his rights, as an unelevated program has it. The
// token is the thread's: what other threads do, such as watching, is not meant.
func asStandardUser(t *testing.T, do func()) {
	t.Helper()
	admins, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	check(t, err)
	var own, restricted, acting windows.Token
	check(t, windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS, &own))
	defer own.Close()
	deny := windows.SIDAndAttributes{Sid: admins}
	const disableMaxPrivilege = 1
	ok, _, err := windows.NewLazySystemDLL("advapi32.dll").NewProc("CreateRestrictedToken").Call(
		uintptr(own), disableMaxPrivilege, 1, uintptr(unsafe.Pointer(&deny)), 0, 0, 0, 0, uintptr(unsafe.Pointer(&restricted)))
	if ok == 0 {
		t.Fatal(err)
	}
	defer restricted.Close()
	check(t, windows.DuplicateTokenEx(restricted, windows.TOKEN_ALL_ACCESS, nil, windows.SecurityImpersonation, windows.TokenImpersonation, &acting))
	defer acting.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	check(t, windows.SetThreadToken(nil, acting))
	defer func() { check(t, windows.RevertToSelf()) }()
	do()
}

func wantPermission(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%s: %v", what, err)
	}
}

// A standard user reads what is assigned to him, answers it, and can write
// nothing else. Somebody else's mailbox he cannot even list.
func TestPlacesOfAStandardUser(t *testing.T) {
	queue := newQueue(t)
	open := func(scope mailbox.Scope, user string) *mailbox.Mailbox {
		t.Helper()
		b, err := mailbox.Open(mailbox.Place{Queue: queue, Scope: scope, UID: user})
		check(t, err)
		return b
	}
	check(t, open(mailbox.ScopeAssigned, "").Put("a", asked("Install?")))
	check(t, open(mailbox.ScopeAssigned, somebody).Put("a", asked("Install?")))
	check(t, open(mailbox.ScopeMachine, "").Put("a", asked("Install?")))
	check(t, mailbox.Make(mailbox.Place{Queue: queue, Scope: mailbox.ScopeService}))
	if !mailbox.Administrator() {
		t.Fatal("the test is no administrator's")
	}
	asStandardUser(t, func() {
		if mailbox.Administrator() {
			t.Fatal("a standard user is an administrator")
		}
		b := open(mailbox.ScopeAssigned, "")
		e, err := b.Get("a")
		if err != nil || e.Message.Text != "Install?" {
			t.Errorf("%+v, %v", e, err)
		}
		if ids, err := b.IDs(); err != nil || !slices.Equal(ids, []string{"a"}) {
			t.Errorf("ids %q, %v", ids, err)
		}
		check(t, b.Claim("a", protocol.Reply{}))
		check(t, b.Reply("a", protocol.Reply{Status: protocol.StatusAnswered, Button: 101, Channel: protocol.ChannelScript}))
		wantPermission(t, "put in one's assigned mailbox", b.Put("b", asked("?")))
		wantPermission(t, "update there", b.Update("a", asked("?")))
		wantPermission(t, "withdraw there", b.Withdraw("a"))

		machine := open(mailbox.ScopeMachine, "")
		_, err = machine.IDs()
		wantPermission(t, "list the machine mailbox", err)
		wantPermission(t, "put there", machine.Put("b", asked("?")))

		theirs := open(mailbox.ScopeAssigned, somebody)
		_, err = theirs.IDs()
		wantPermission(t, "list somebody else's", err)
		wantPermission(t, "claim there", theirs.Claim("a", protocol.Reply{}))

		service := open(mailbox.ScopeService, "")
		check(t, service.Put("s", asked("Collect!")))
		wantPermission(t, "claim one's own request", service.Claim("s", protocol.Reply{}))

		for what, do := range map[string]func(mailbox.Place) error{"make": mailbox.Make, "delete": mailbox.Delete} {
			wantPermission(t, what, do(mailbox.Place{Queue: queue + "2", Scope: mailbox.ScopeAssigned}))
		}
		_, err = mailbox.Open(mailbox.Place{Queue: queue, Scope: mailbox.ScopeUser, UID: somebody})
		wantPermission(t, "open somebody's own", err)
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b := open(mailbox.ScopeAssigned, "")
	if r, err := b.Await(ctx, "a", asked("Install?")); err != nil || r.Button != 101 {
		t.Errorf("%+v, %v", r, err)
	}
	check(t, b.Forget("a"))
	service := open(mailbox.ScopeService, "")
	check(t, service.Claim("s", protocol.Reply{}))
	check(t, service.Reply("s", protocol.Reply{Status: protocol.StatusAnswered, Button: 101}))
	asStandardUser(t, func() {
		b := open(mailbox.ScopeService, "")
		if state, r, err := b.State("s"); err != nil || state != mailbox.Spent || r.Button != 101 {
			t.Errorf("state %d, %+v, %v", state, r, err)
		}
		check(t, b.Forget("s"))
		if ids, err := b.IDs(); err != nil || len(ids) != 0 {
			t.Errorf("ids %q, %v", ids, err)
		}
		if err := b.Put("s", asked("Once more")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("put over a reply that is not ours to remove: %v", err)
		}
	})
	if state, _, err := service.State("s"); err != nil || state != mailbox.Spent {
		t.Errorf("state %d, %v: the reply is the service's to remove", state, err)
	}
}

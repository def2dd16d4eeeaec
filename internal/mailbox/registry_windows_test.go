package mailbox_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

func TestRegistry(t *testing.T) {
	mailboxtest.Run(t, func(t *testing.T) mailbox.Store {
		return mailbox.NewRegistry(registry.CURRENT_USER, testKey(t))
	})
}

// testKey returns the path of a key that is not there and goes with the test.
func testKey(t *testing.T) string {
	t.Helper()
	path := `Software\Deskbell-test-` + protocol.NewID() + `\Queues\queue`
	t.Cleanup(func() {
		top, _, _ := strings.Cut(strings.TrimPrefix(path, `Software\`), `\`)
		if err := mailboxtest.DeleteTree(registry.CURRENT_USER, `Software\`+top); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
	return path
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is a mailbox and its path in the registry.
func place(t *testing.T) (*mailbox.Mailbox, mailbox.Store, string) {
	t.Helper()
	path := testKey(t)
	s := mailbox.NewRegistry(registry.CURRENT_USER, path)
	b, err := mailbox.New(s, mailbox.Options{
		Self: process.ID{Pid: 1, Started: "1"}, Running: func(process.ID) bool { return true },
	})
	check(t, err)
	return b, s, path
}

func create(t *testing.T, path string) registry.Key {
	t.Helper()
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS)
	check(t, err)
	t.Cleanup(func() { key.Close() })
	return key
}

// What a program in another language writes, value by value.
func TestRegistryForeignWriter(t *testing.T) {
	b, _, path := place(t)
	key := create(t, path+`\Inbox\Foreign-ID`)
	check(t, key.SetExpandStringValue("tExT", "%TEMP% is not expanded"))
	check(t, key.SetStringValue("TYPE", "36"))
	check(t, key.SetDWordValue("Timeout", 30))
	check(t, key.SetStringsValue("Buttons", []string{"Now", "Later"}))
	check(t, key.SetQWordValue("Ttl", 99))
	check(t, key.SetBinaryValue("X-Binary", []byte{1, 2}))
	e, err := b.Get("foreign-id")
	check(t, err)
	if e.Ready {
		t.Error("ready before Ready was written")
	}
	check(t, key.SetStringValue("READY", "1"))
	e, err = b.Get("foreign-id")
	check(t, err)
	m := e.Message
	if !e.Ready || e.Problem != nil || m.Text != "%TEMP% is not expanded" || m.Type != 36 || m.Timeout != 30 ||
		m.TTL != 99 || !slices.Equal(m.Buttons, []string{"Now", "Later"}) {
		t.Errorf("got %+v", e)
	}
	ids, err := b.IDs()
	if err != nil || !slices.Equal(ids, []string{"foreign-id"}) {
		t.Errorf("ids %q, %v", ids, err)
	}
}

// A message that never becomes Ready is swept after ten minutes.
func TestRegistrySweepsUnready(t *testing.T) {
	b, s, path := place(t)
	check(t, create(t, path+`\Inbox\half`).SetStringValue("Text", "?"))
	check(t, b.Sweep())
	if ids, err := b.IDs(); err != nil || len(ids) != 1 {
		t.Fatalf("ids %q, %v", ids, err)
	}
	later, err := mailbox.New(s, mailbox.Options{Now: func() time.Time { return time.Now().Add(11 * time.Minute) }})
	check(t, err)
	check(t, later.Sweep())
	if ids, err := b.IDs(); err != nil || len(ids) != 0 {
		t.Fatalf("ids %q, %v", ids, err)
	}
}

// A message that is not Ready is somebody's who is putting it, or who was killed
// over that: the next with its id waits until it can tell.
func TestRegistryPutsInTurn(t *testing.T) {
	b, s, path := place(t)
	ahead := func(by time.Duration) *mailbox.Mailbox {
		later, err := mailbox.New(s, mailbox.Options{Now: func() time.Time { return time.Now().Add(by) }})
		check(t, err)
		return later
	}
	check(t, create(t, path+`\Inbox\killed`).SetStringValue("Details", "of another"))
	if err := b.Put("killed", asked("?")); !errors.Is(err, mailbox.ErrBeingPut) || !errors.Is(err, fs.ErrExist) {
		t.Errorf("putting what another is putting: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.PutInTurn(ctx, "killed", asked("?")); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for him, and cancelled: %v", err)
	}
	check(t, ahead(9500*time.Millisecond).PutInTurn(t.Context(), "killed", asked("Again?")))
	e, err := b.Get("killed")
	if err != nil || !e.Ready || e.Message.Text != "Again?" || e.Message.Details != "" {
		t.Errorf("got %+v, %v", e, err)
	}

	slow := create(t, path+`\Inbox\slow`)
	check(t, slow.SetStringValue("Text", "Slowly?"))
	ended := make(chan error, 1)
	go func() { ended <- b.PutInTurn(t.Context(), "slow", asked("?")) }()
	check(t, slow.SetDWordValue("Ready", 1))
	if err := <-ended; !errors.Is(err, fs.ErrExist) || errors.Is(err, mailbox.ErrBeingPut) {
		t.Errorf("putting what another has put: %v", err)
	}
	if err := ahead(time.Hour).Put("slow", asked("?")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("putting it an hour later: %v", err)
	}
}

func TestRegistryOddKeys(t *testing.T) {
	b, s, path := place(t)
	check(t, create(t, path+`\Inbox\nested\a\b`).SetStringValue("Text", "?"))
	huge := create(t, path+`\Inbox\huge`)
	check(t, huge.SetBinaryValue("Blob", make([]byte, 8<<20)))
	check(t, huge.SetDWordValue("Ready", 1))
	e, err := b.Get("huge")
	check(t, err)
	var field *protocol.FieldError
	if !errors.As(e.Problem, &field) || field.Field != "Blob" {
		t.Errorf("problem %v", e.Problem)
	}
	check(t, b.Withdraw("nested"))
	check(t, b.Withdraw("huge"))
	if _, err := s.Read(mailbox.Inbox, "nested"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	create(t, path+`\Inbox\not an id`)
	if ids, err := b.IDs(); err != nil || len(ids) != 0 {
		t.Errorf("ids %q, %v", ids, err)
	}
}

// link makes a registry link at path that leads to target, both below
// HKEY_CURRENT_USER.
func link(t *testing.T, path, target string) {
	t.Helper()
	parent, name := path[:strings.LastIndexByte(path, '\\')], path[strings.LastIndexByte(path, '\\')+1:]
	const createLink = 0x20
	key, created, err := win.CreateKey(windows.Handle(create(t, parent)), name,
		win.RegOptionCreateLink|win.RegOptionVolatile, windows.KEY_ALL_ACCESS|createLink, nil)
	check(t, err)
	if !created {
		t.Fatal("there already")
	}
	t.Cleanup(func() {
		if err := win.DeleteKey(key); err != nil && !errors.Is(err, windows.ERROR_KEY_DELETED) {
			t.Error(err)
		}
		windows.RegCloseKey(key)
	})
	root, err := win.KeyName(windows.Handle(create(t, target)))
	check(t, err)
	encoded, err := protocol.EncodeRegistry("", root)
	check(t, err)
	check(t, win.SetValue(key, "SymbolicLinkValue", win.RegLink, encoded.Data[:len(encoded.Data)-2]))
}

// A link in the place of a record is no record, and what it leads to stays.
func TestRegistryLinks(t *testing.T) {
	b, s, path := place(t)
	target := path + `\elsewhere`
	key := create(t, target)
	check(t, key.SetStringValue("Text", "?"))
	check(t, key.SetDWordValue("Ready", 1))
	create(t, path+`\Inbox`)
	create(t, path+`\Outbox`)
	link(t, path+`\Inbox\a`, target)
	link(t, path+`\Outbox\a`, target)
	if _, err := b.Get("a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read through a link: %v", err)
	}
	if state, _, err := b.State("a"); err != nil || state != mailbox.Free {
		t.Errorf("state %d, %v", state, err)
	}
	check(t, b.Claim("a", protocol.Reply{}))
	if state, _, err := b.State("a"); err != nil || state != mailbox.Ours {
		t.Errorf("state %d, %v", state, err)
	}
	check(t, b.Withdraw("a"))
	if text, _, err := key.GetStringValue("Text"); err != nil || text != "?" {
		t.Errorf("the target: %q, %v", text, err)
	}
	if names, err := key.ReadValueNames(-1); err != nil || len(names) != 2 {
		t.Errorf("the target has %q, %v", names, err)
	}

	link(t, path+`\Monitor`, target)
	if err := s.Create(mailbox.Monitor, "1", protocol.Fields{"State": "ready"}); err == nil {
		t.Error("a record was made through a link")
	}
	if names, err := key.ReadSubKeyNames(-1); err != nil || len(names) != 0 {
		t.Errorf("the target has %q, %v", names, err)
	}
}

// The watch survives its key: deleted, moved away, made again.
func TestRegistryWatchReopens(t *testing.T) {
	b, _, path := place(t)
	signals := changes(t, b)
	seen := func(id string) {
		t.Helper()
		m := protocol.NewMessage(protocol.KindPopup)
		m.Text = "?"
		drain(signals)
		check(t, b.Put(id, m))
		wait(t, signals, func() bool { _, err := b.Get(id); return err == nil })
	}
	empty := func(remove error) {
		t.Helper()
		check(t, remove)
		wait(t, signals, func() bool { ids, err := b.IDs(); return err == nil && len(ids) == 0 })
	}
	seen("before")
	empty(mailboxtest.DeleteTree(registry.CURRENT_USER, path+`\Inbox`))
	seen("deleted")

	empty(rename(t, path, "Inbox", "Moved"))
	seen("moved")

	empty(rename(t, path[:strings.LastIndexByte(path, '\\')], "queue", "other"))
	seen("queue-moved")

	empty(mailboxtest.DeleteTree(registry.CURRENT_USER, path+`\Inbox`))
	drain(signals)
	key := create(t, path+`\Inbox\again`)
	check(t, key.SetStringValue("Text", "?"))
	check(t, key.SetDWordValue("Ready", 1))
	wait(t, signals, func() bool { e, err := b.Get("again"); return err == nil && e.Ready })
}

func rename(t *testing.T, parent, from, to string) error {
	t.Helper()
	old, err := windows.UTF16PtrFromString(from)
	check(t, err)
	renamed, err := windows.UTF16PtrFromString(to)
	check(t, err)
	code, _, _ := windows.NewLazySystemDLL("advapi32.dll").NewProc("RegRenameKey").Call(
		uintptr(create(t, parent)), uintptr(unsafe.Pointer(old)), uintptr(unsafe.Pointer(renamed)))
	if code != 0 {
		return windows.Errno(code)
	}
	return nil
}

// The keys that lead to the mailbox are the user's, SYSTEM's and
// Administrators' only.
func TestRegistryAccess(t *testing.T) {
	b, _, path := place(t)
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = "?"
	check(t, b.Put("a", m))
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	check(t, err)
	want := []string{user.User.Sid.String(), "S-1-5-18", "S-1-5-32-544"}
	for _, path := range []string{path, path + `\Inbox`} {
		sd, err := windows.GetNamedSecurityInfo(`CURRENT_USER\`+path, windows.SE_REGISTRY_KEY, windows.DACL_SECURITY_INFORMATION)
		check(t, err)
		dacl, _, err := sd.DACL()
		check(t, err)
		var got []string
		for i := range uint32(dacl.AceCount) {
			var ace *windows.ACCESS_ALLOWED_ACE
			check(t, windows.GetAce(dacl, i, &ace))
			got = append(got, (*windows.SID)(unsafe.Pointer(&ace.SidStart)).String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: access to %q, want %q", path, got, want)
		}
	}
}

func TestLogonTime(t *testing.T) {
	if at, known := mailbox.LogonTime(); known && at.After(time.Now()) {
		t.Errorf("logged on at %v", at)
	}
}

func storeAt(path string) mailbox.Store {
	return mailbox.NewRegistry(registry.CURRENT_USER, path)
}

func newPlace(t *testing.T) string {
	t.Helper()
	return testKey(t)
}

package mailbox

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/protocol"
)

// A 32-bit program's key is the 64-bit one once there is the link. Wine has
// 64-bit programs only here, so the 32-bit side is opened by its path; that
// Windows sends 32-bit programs there is not shown. Nor is that Windows lets a
// link stay over a restart: Wine forgets what is no ordinary key.
func TestWOW64(t *testing.T) {
	w := wow64("Deskbell-test-" + protocol.NewID())
	side, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\WOW6432Node`, registry.READ)
	if err != nil {
		t.Fatalf("no 32-bit side: %v", err)
	}
	defer side.Close()
	wrong, right := `SOFTWARE\WOW6432Node\`+string(w), `SOFTWARE\`+string(w)
	write := func(path string) {
		t.Helper()
		key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, path, registry.ALL_ACCESS)
		if err != nil {
			t.Fatal(err)
		}
		defer key.Close()
		if err := key.SetStringValue("Text", "?"); err != nil {
			t.Fatal(err)
		}
	}
	read := func(path string) error {
		key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.READ)
		if err != nil {
			return err
		}
		defer key.Close()
		_, _, err = key.GetStringValue("Text")
		return err
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	defer func() {
		s := NewRegistry(registry.LOCAL_MACHINE, softwareKey)
		if err := errors.Join(w.unlink(), w.discard(), s.deleteAt([]string{softwareKey, string(w)}, func(key windows.Handle) error { return deleteKey(key, false) })); err != nil {
			t.Error(err)
		}
	}()

	if err := w.check(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nothing is there: %v", err)
	}
	write(wrong + `\Queues\deskbell\Inbox\a`)
	var left *LeftOverError
	want := []string{`HKLM\` + wrong + `\Queues\deskbell\Inbox\a`}
	if err := w.check(); !errors.As(err, &left) || !slices.Equal(left.Keys, want) {
		t.Errorf("a message is there: %v", err)
	}
	if err := w.link(); !errors.As(err, &left) {
		t.Errorf("linked over a message: %v", err)
	}
	check(w.unlink()) // removes links only
	check(read(wrong + `\Queues\deskbell\Inbox\a`))
	check(w.discard())
	key, _, err := registry.CreateKey(registry.LOCAL_MACHINE, wrong+`\Queues\deskbell\Inbox`, registry.ALL_ACCESS)
	check(err)
	key.Close()
	if err := w.check(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty key is there: %v", err)
	}

	for range 2 { // the second time it is there
		check(w.link())
		check(w.check())
	}
	write(right + `\Queues\deskbell\Inbox\b`)
	check(read(wrong + `\Queues\deskbell\Inbox\b`))
	write(wrong + `\Queues\deskbell\Inbox\c`)
	check(read(right + `\Queues\deskbell\Inbox\c`))
	check(w.discard()) // removes no link
	check(w.check())
	check(w.unlink())
	check(w.unlink())
	if err := read(wrong + `\Queues\deskbell\Inbox\b`); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is no link, but %v", err)
	}
	check(read(right + `\Queues\deskbell\Inbox\b`))
	check(read(right + `\Queues\deskbell\Inbox\c`))

	// A link to somewhere else is not the one.
	other := wow64(string(w) + "-other")
	check(other.link())
	defer func() { check(other.unlink()) }()
	wrongLink, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\WOW6432Node`, registry.ALL_ACCESS)
	check(err)
	defer wrongLink.Close()
	check(linkTo(t, wrongLink, string(w), `\REGISTRY\MACHINE\Software\`+string(other)))
	if err := w.check(); err == nil || errors.Is(err, fs.ErrNotExist) || errors.As(err, &left) {
		t.Errorf("a link to elsewhere: %v", err)
	}
	if err := w.link(); err == nil {
		t.Error("a link to elsewhere was taken for ours")
	}
}

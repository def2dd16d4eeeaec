package mailbox_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/test/bed"
)

// The watch survives that the file system with the mailbox is unmounted: the
// mailbox is then the one that was below it.
func TestSpoolWatchUnmount(t *testing.T) {
	if !bed.Apart(t, 0) {
		return
	}
	root := t.TempDir()
	check(t, unix.Mount("tmpfs", root, "tmpfs", 0, ""))
	b, err := mailbox.New(mailbox.NewSpool(filepath.Join(root, "queue")), mailbox.Options{})
	check(t, err)
	signals := changes(t, b)
	wait(t, signals, func() bool { return b.Put("above", question()) == nil })
	drain(signals)
	check(t, unix.Unmount(root, 0))
	wait(t, signals, func() bool { ids, err := b.IDs(); return err == nil && len(ids) == 0 })
	drain(signals)
	check(t, b.Put("below", question()))
	wait(t, signals, func() bool { _, err := b.Get("below"); return err == nil })
}

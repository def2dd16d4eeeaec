package mailbox_test

import (
	"path/filepath"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
)

func TestSpool(t *testing.T) {
	mailboxtest.Run(t, func(t *testing.T) mailbox.Store {
		return mailbox.NewSpool(filepath.Join(t.TempDir(), "deskbell", "queue"))
	})
}

func storeAt(dir string) mailbox.Store { return mailbox.NewSpool(dir) }

func newPlace(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "queue")
}

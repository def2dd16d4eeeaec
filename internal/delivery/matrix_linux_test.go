package delivery_test

import (
	"path/filepath"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// realStore is a new spool directory.
func realStore(t *testing.T) mailbox.Store {
	return mailbox.NewSpool(filepath.Join(t.TempDir(), "deskbell", "matrix"))
}

package delivery_test

import (
	"errors"
	"io/fs"
	"testing"

	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
	"github.com/deskbell/deskbell/protocol"
)

// realStore is a new key of the registry, which goes with the test.
func realStore(t *testing.T) mailbox.Store {
	t.Helper()
	top := `Software\Deskbell-test-` + protocol.NewID()
	t.Cleanup(func() {
		if err := mailboxtest.DeleteTree(registry.CURRENT_USER, top); err != nil && !errors.Is(err, fs.ErrNotExist) { // nobody has put anything
			t.Error(err)
		}
	})
	return mailbox.NewRegistry(registry.CURRENT_USER, top+`\Queues\matrix`)
}

package delivery_test

import (
	"errors"
	"io/fs"
	"testing"

	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// realStore is a new key of the registry, which goes with the test.
func realStore(t *testing.T) mailbox.Store {
	t.Helper()
	top := `Software\Deskbell-test-` + protocol.NewID()
	t.Cleanup(func() {
		if err := deleteTree(top); err != nil && !errors.Is(err, fs.ErrNotExist) { // nobody has put anything
			t.Error(err)
		}
	})
	return mailbox.NewRegistry(registry.CURRENT_USER, top+`\Queues\matrix`)
}

func deleteTree(path string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.READ)
	if err != nil {
		return err
	}
	names, err := key.ReadSubKeyNames(-1)
	key.Close()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := deleteTree(path + `\` + name); err != nil {
			return err
		}
	}
	return registry.DeleteKey(registry.CURRENT_USER, path)
}

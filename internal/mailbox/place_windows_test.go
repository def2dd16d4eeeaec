package mailbox_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// somebody is a user who is not there.
const somebody = "S-1-5-21-1-2-3-54321"

func ownUser(t *testing.T) string {
	t.Helper()
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	check(t, err)
	return user.User.Sid.String()
}

// newQueue returns a queue of the test's own, which goes with it.
func newQueue(t *testing.T) string {
	t.Helper()
	queue := "test-" + protocol.NewID()
	t.Cleanup(func() {
		users, err := mailbox.Users(queue)
		if err != nil {
			t.Error(err)
		}
		for _, user := range append(users, "") {
			for _, scope := range shared {
				if err := mailbox.Delete(mailbox.Place{Queue: queue, Scope: scope, UID: user}); err != nil {
					t.Error(err)
				}
			}
		}
		key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Deskbell\Queues\`+queue, registry.READ)
		if !errors.Is(err, fs.ErrNotExist) {
			key.Close()
			t.Errorf("the queue is left: %v", err)
		}
	})
	return strings.ToLower(queue)
}

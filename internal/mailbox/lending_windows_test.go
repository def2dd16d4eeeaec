package mailbox

import (
	"testing"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/win"
	"github.com/deskbell/deskbell/protocol"
)

// OpenLending is Open for a key of another user's, as Wine has no other user.
func OpenLending(user, path string) (*Mailbox, error) {
	s := NewRegistry(registry.USERS, user+`\`+path)
	s.sid, s.lends = user, true
	return New(s, Options{User: user})
}

// linkTo makes a registry link that leads to target, as the kernel spells it.
func linkTo(t *testing.T, parent registry.Key, name, target string) error {
	t.Helper()
	const createLink = 0x20
	key, _, err := win.CreateKey(windows.Handle(parent), name, win.RegOptionCreateLink|win.RegOptionVolatile,
		windows.KEY_ALL_ACCESS|createLink, nil)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	encoded, err := protocol.EncodeRegistry("", target)
	if err != nil {
		return err
	}
	return win.SetValue(key, linkValue, win.RegLink, encoded.Data[:len(encoded.Data)-2])
}

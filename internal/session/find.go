package session

import (
	"fmt"
	"io/fs"
	"os/user"
	"strings"
)

// Find returns who is meant by user:NAME, sid:SID or uid:N (docs/protocol.md,
// To), whether he is logged on or not: UID and User, and nothing else. The error
// is fs.ErrNotExist, wrapped, where the system knows nobody of that name. It may
// block for as long as a directory takes that the system asks.
func Find(form string) (Session, error) {
	how, whom, _ := strings.Cut(form, ":")
	var found *user.User
	err := fmt.Errorf("%q names no user: %w", form, fs.ErrInvalid)
	switch {
	case whom == "":
	case how == "user":
		found, err = lookUp(whom, user.Lookup)
	case how == "uid", how == "sid":
		found, err = lookUp(whom, user.LookupId)
	}
	if err != nil {
		return Session{}, fmt.Errorf("find %s: %w", form, err)
	}
	return Session{UID: found.Uid, User: found.Username}, nil
}

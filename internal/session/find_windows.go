package session

import (
	"fmt"
	"io/fs"
	"os/user"
)

// lookUp finds a user by a name or a SID.
func lookUp(whom string, look func(string) (*user.User, error)) (*user.User, error) {
	found, err := look(whom)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, fs.ErrNotExist)
	}
	return found, nil
}

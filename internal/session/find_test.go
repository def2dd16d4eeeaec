package session

import (
	"errors"
	"io/fs"
	"os/user"
	"testing"
)

// Who runs this is found by name and by number, and nobody by another.
func TestFind(t *testing.T) {
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"user:" + self.Username, "uid:" + self.Uid, "sid:" + self.Uid} {
		if found, err := Find(form); err != nil || found.UID != self.Uid || found.User != self.Username {
			t.Errorf("%s: %+v, %v", form, found, err)
		}
	}
	for _, form := range []string{"user:nobody-of-this-name", "uid:3999999999"} {
		if found, err := Find(form); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %+v, %v", form, found, err)
		}
	}
	for _, form := range []string{"user:", "all", "session:1"} {
		if _, err := Find(form); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%s: %v", form, err)
		}
	}
}

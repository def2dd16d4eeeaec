package deploy

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

// link makes a link, which takes a right in Windows. Wine 8 says that it has made
// one and has not.
func link(t *testing.T, to, name string) {
	t.Helper()
	err := os.Symlink(to, name)
	if errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD) {
		t.Skip("this user may make no links: ", err)
	}
	check(t, err)
	info, err := os.Lstat(name)
	if errors.Is(err, os.ErrNotExist) && win.Wine() {
		t.Skip("Wine 8 says that it has made a link, and has not; on Linux links are tried")
	}
	if err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Fatalf("%s is no link: %v, %v", name, info, err)
	}
}

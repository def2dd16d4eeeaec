package host

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/deskbell/deskbell/internal/dialog"
)

// name of the host that comes with Deskbell.
const name = "deskbell-gtk"

// Find returns the path of the host beside this executable, the only place
// where one is looked for. The error wraps dialog.ErrUnavailable.
func Find() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find %s: %w: %w", name, dialog.ErrUnavailable, err)
	}
	if real, err := filepath.EvalSymlinks(self); err == nil {
		self = real
	}
	return findIn(filepath.Dir(self))
}

func findIn(dir string) (string, error) {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w: %w", name, dialog.ErrUnavailable, err)
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return "", fmt.Errorf("find %s: %w: %s is not a program", name, dialog.ErrUnavailable, path)
	}
	return path, nil
}

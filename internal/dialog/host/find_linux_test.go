package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/deskbell/deskbell/internal/dialog"
)

func TestFindIn(t *testing.T) {
	dir := t.TempDir()
	if _, err := findIn(dir); !errors.Is(err, dialog.ErrUnavailable) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("empty folder: %v", err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := findIn(dir); !errors.Is(err, dialog.ErrUnavailable) {
		t.Errorf("not executable: %v", err)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := findIn(dir); err != nil || got != path {
		t.Errorf("findIn = %q, %v", got, err)
	}
}

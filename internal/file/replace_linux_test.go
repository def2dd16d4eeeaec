package file_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/deskbell/deskbell/internal/file"
)

func TestReplaceMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, mode := range []os.FileMode{0o600, 0o644} {
		if err := file.ReplaceText(path, "x", mode); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode {
			t.Errorf("mode %v, %v; want %v", info.Mode(), err, mode)
		}
	}
}

// A link that stands in the way is replaced; what it leads to is left.
func TestReplaceLink(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(other, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, path); err != nil {
		t.Fatal(err)
	}
	if err := file.ReplaceText(path, "mine", 0o600); err != nil {
		t.Fatal(err)
	}
	only(t, path, "mine")
	only(t, other, "other")
}

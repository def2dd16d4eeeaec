package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/deskbell/deskbell/internal/file"
)

// only checks that a folder holds one file, and with what.
func only(t *testing.T, path, want string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Fatalf("in the folder are %v, %v", entries, err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("the file holds %q, %v; want %q", got, err, want)
	}
}

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for _, text := range []string{"first", "second, and longer", ""} {
		if err := file.ReplaceText(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		only(t, path, text)
	}
}

// What cannot be written leaves the old file, and nothing beside it.
func TestReplaceFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := file.ReplaceText(path, "old", 0o600); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := file.Replace(path, func(f *os.File) error {
		if _, err := f.WriteString("half"); err != nil {
			t.Fatal(err)
		}
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	only(t, path, "old")
	err = file.ReplaceBy(path, func(string, string) error { return full }, func(*os.File) error { return nil })
	if !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	only(t, path, "old")
}

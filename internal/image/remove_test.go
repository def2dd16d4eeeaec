package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// All copies go, and nothing else.
func TestRemove(t *testing.T) {
	p := newPlace(t)
	made := func(path string) string {
		t.Helper()
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "deskbell"), []byte("x"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first, second := p.roots[0], p.roots[1]
	sum := name(nil)
	gone := []string{made(filepath.Join(first, sum)), made(filepath.Join(first, making+"x")), made(filepath.Join(second, sum))}
	stays := made(filepath.Join(filepath.Dir(second), "processors"))
	copies, err := p.copies()
	if err != nil || len(copies) != len(gone) {
		t.Errorf("there are %q, %v; want %q", copies, err, gone)
	}
	if err := p.removeAll(); err != nil {
		t.Fatal(err)
	}
	for _, path := range append(gone, first, filepath.Dir(first), second) {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
	if _, err := os.Lstat(stays); err != nil {
		t.Errorf("%s is gone: %v", stays, err)
	}
	if err := p.removeAll(); err != nil {
		t.Errorf("remove nothing: %v", err)
	}
}

package file

import (
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestUnnamed(t *testing.T) {
	f, err := Unnamed()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("said"); err != nil {
		t.Error(err)
	}
	text := make([]byte, 10)
	if n, _ := f.ReadAt(text, 0); string(text[:n]) != "said" {
		t.Errorf("it holds %q", text[:n])
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(f.Name()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

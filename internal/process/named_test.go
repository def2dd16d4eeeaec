package process

import (
	"os"
	"path/filepath"
	"testing"
)

// This program is found by its name, once, and no longer name is taken for it.
func TestNamed(t *testing.T) {
	self, err := Self()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	found, err := Named(filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	times := 0
	for _, i := range found {
		if i.ID == self {
			times++
			if i.UID == "" && i.Session == "" {
				t.Errorf("nobody's: %+v", i)
			}
		}
	}
	if times != 1 {
		t.Errorf("found %d times in %+v", times, found)
	}
	if found, err := Named(filepath.Base(file) + "-longer-than-it-is"); err != nil || len(found) > 0 {
		t.Errorf("another: %+v, %v", found, err)
	}
}

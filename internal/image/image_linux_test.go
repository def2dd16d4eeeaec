package image

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// What anybody can put beside a program in a folder that all may write is not
// the administrator's choice.
func TestCompanionOfAnotherHand(t *testing.T) {
	dir := t.TempDir()
	self, beside := filepath.Join(dir, "deskbell"), filepath.Join(dir, "deskbell-gtk")
	for _, file := range []string{self, beside} {
		if err := errors.Join(os.WriteFile(file, nil, 0o755), os.Chmod(file, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if !sameHand(self, beside) {
		t.Error("of the same user, but not of the same hand")
	}
	if err := os.Chmod(beside, 0o777); err != nil {
		t.Fatal(err)
	}
	if sameHand(self, beside) {
		t.Error("everybody's to write, and yet of the same hand")
	}
	if sameHand(self, dir) || sameHand(self, filepath.Join(dir, "none")) {
		t.Error("a folder, or nothing, is of the same hand")
	}
	if os.Getuid() != 0 {
		return
	}
	if err := errors.Join(os.Chmod(beside, 0o755), os.Chown(beside, 4001, 4001)); err != nil {
		t.Fatal(err)
	}
	if sameHand(self, beside) {
		t.Error("another user's, and yet of the same hand")
	}
}

func TestMadeForEverybodyWhateverTheMask(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder")
	if err := makeFolder(dir); err != nil {
		t.Fatal(err)
	}
	file, err := makeFile(filepath.Join(dir, "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, name := range []string{dir, file.Name()} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o755 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if _, err := makeFile(file.Name()); !errors.Is(err, os.ErrExist) {
		t.Errorf("made twice: %v", err)
	}
}

// amongOwnPrograms runs the test where no program hides what it is, as some do
// from root itself; false where it has been run so.
func amongOwnPrograms(t *testing.T) bool { return bed.Apart(t, syscall.CLONE_NEWPID) }

// noLinks: everybody may make them.
func noLinks(error, string) string { return "" }

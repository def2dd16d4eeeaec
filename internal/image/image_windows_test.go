package image

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// The access lists mean what they should; that files get them from their making
// on only Windows can show, as Wine makes up its own from the modes of Linux.
func TestAccessLists(t *testing.T) {
	for list, inherited := range map[string]bool{folderList: true, fileList: false} {
		sd, err := windows.SecurityDescriptorFromString(list)
		if err != nil {
			t.Fatal(err)
		}
		owner, _, err := sd.Owner()
		if err != nil || !owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) {
			t.Errorf("%s: the owner is %s, %v", list, owner, err)
		}
		control, _, err := sd.Control()
		if err != nil || control&windows.SE_DACL_PROTECTED == 0 {
			t.Errorf("%s: something is inherited from above, %v", list, err)
		}
		acl, _, err := sd.DACL()
		if err != nil || acl.AceCount != 3 {
			t.Fatalf("%s: %+v, %v", list, acl, err)
		}
		for i := range uint32(acl.AceCount) {
			var ace *windows.ACCESS_ALLOWED_ACE
			if err := windows.GetAce(acl, i, &ace); err != nil {
				t.Fatal(err)
			}
			const both = windows.OBJECT_INHERIT_ACE | windows.CONTAINER_INHERIT_ACE
			if (ace.Header.AceFlags&both == both) != inherited {
				t.Errorf("%s: entry %d is for what is in it: %#x", list, i, ace.Header.AceFlags)
			}
		}
	}
}

func TestMadeOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "folder")
	if err := makeFolder(dir); err != nil {
		t.Fatal(err)
	}
	if err := makeFolder(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the folder, twice: %v", err)
	}
	file, err := makeFile(filepath.Join(dir, "file.exe"))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := makeFile(file.Name()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the file, twice: %v", err)
	}
}

func TestWithoutConsole(t *testing.T) {
	if got := withoutConsole(`C:\x\Deskbell.EXE`); got != `C:\x\Deskbellw.EXE` {
		t.Error(got)
	}
}

// The real place: in Wine every program can be run where it is; in Windows,
// this one lies where its user can write, and takes an administrator to copy.
func TestReady(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path, err := Ready()
	switch {
	case win.Wine():
		if path != self || err != nil {
			t.Errorf("%s, %v; want itself", path, err)
		}
	case errors.Is(err, fs.ErrPermission) && !isAdmin():
	case err != nil || filepath.Base(path) != filepath.Base(self) || trust.AdminsOnly(path) != nil || trust.UsersExecute(path) != nil:
		t.Errorf("%s, %v", path, err)
	}
}

// amongOwnPrograms: there are none here that hide from an administrator.
func amongOwnPrograms(t *testing.T) bool {
	if !windows.GetCurrentProcessToken().IsElevated() {
		t.Skip("only an administrator may look at every program")
	}
	return true
}

// noLinks says why no link can have been made here: on Windows that is a privilege,
// which not everybody has, and Wine 8 says that it has made one and has not.
func noLinks(err error, at string) string {
	if errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD) {
		return "this user may make no links"
	}
	if _, statErr := os.Lstat(at); err == nil && errors.Is(statErr, os.ErrNotExist) && win.Wine() {
		return "this Wine makes no links"
	}
	return ""
}

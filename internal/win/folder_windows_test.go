package win

import (
	"testing"

	"golang.org/x/sys/windows"
)

// The folders are those that the shell says.
func TestFolders(t *testing.T) {
	for _, c := range []struct {
		is    func() (string, error)
		shell *windows.KNOWNFOLDERID
	}{
		{ProgramData, windows.FOLDERID_ProgramData},
		{ProgramFiles, windows.FOLDERID_ProgramFiles},
	} {
		want, err := windows.KnownFolderPath(c.shell, windows.KF_FLAG_DEFAULT)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.is(); err != nil || got != want {
			t.Errorf("%q, %v; the shell says %q", got, err, want)
		}
	}
}

package deploy

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/windows"
)

// msiMutex is held by Windows Installer while it installs.
const msiMutex = `Global\_MSIExecute`

// Locks tells whether Windows Installer is at work, which does one installation at
// a time.
type Locks struct {
	Program string // "" = whatever is started
	mutex   string // "" = that of Windows Installer
}

// Known reports whether the program is one whose lock is known.
func (l Locks) Known() bool {
	name := strings.ToLower(filepath.Base(l.Program))
	return name == "msiexec.exe" || name == "msiexec"
}

// Busy says who is at work, "" = nobody.
func (l Locks) Busy() (string, error) {
	if l.Program != "" && !l.Known() {
		return "", nil
	}
	name := l.mutex
	if name == "" {
		name = msiMutex
	}
	held, err := isHeld(name)
	if err != nil {
		return "", fmt.Errorf("look for other installations: %w", err)
	}
	if held {
		return "another installation is under way (Windows Installer)", nil
	}
	return "", nil
}

// isHeld takes a mutex, where nobody has it, and gives it back at once.
func isHeld(name string) (bool, error) {
	text, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return false, err
	}
	mutex, err := windows.OpenMutex(windows.SYNCHRONIZE, false, text)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer windows.CloseHandle(mutex) //nolint:errcheck // nothing is written to it
	runtime.LockOSThread()           // whose it is
	defer runtime.UnlockOSThread()
	event, err := windows.WaitForSingleObject(mutex, 0)
	switch {
	case err != nil:
		return false, err
	case event == uint32(windows.WAIT_TIMEOUT):
		return true, nil
	}
	return false, windows.ReleaseMutex(mutex)
}

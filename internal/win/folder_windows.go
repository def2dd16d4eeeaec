package win

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// The folders below are read where the shell reads them, and where administrators
// alone write: the environment may say anything, and the shell itself
// (SHGetKnownFolderPath) brings all that windows need into a process that shows
// none.

// ProgramData returns the folder for the data of programs for everybody. It does
// not block.
func ProgramData() (string, error) {
	return folder(`SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList`, "ProgramData", windows.FOLDERID_ProgramData)
}

// ProgramFiles returns the folder for programs of 64 bits, which administrators
// alone can change. It does not block.
func ProgramFiles() (string, error) {
	return folder(`SOFTWARE\Microsoft\Windows\CurrentVersion`, "ProgramFilesDir", windows.FOLDERID_ProgramFiles)
}

// folder reads a value that may begin with the drive of the system. What else is
// there is left to the shell.
func folder(path, value string, shell *windows.KNOWNFOLDERID) (string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err == nil {
		defer key.Close()
		dir, _, err := key.GetStringValue(value)
		if rest, ok := strings.CutPrefix(dir, "%SystemDrive%"); ok && err == nil {
			system, err := windows.GetSystemWindowsDirectory()
			if err != nil {
				return "", fmt.Errorf("find the folder %s: %w", value, err)
			}
			dir = filepath.VolumeName(system) + rest
		}
		if err == nil && filepath.IsAbs(dir) && !strings.Contains(dir, "%") {
			return filepath.Clean(dir), nil
		}
	}
	dir, err := windows.KnownFolderPath(shell, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return "", fmt.Errorf("find the folder %s: %w", value, err)
	}
	return dir, nil
}

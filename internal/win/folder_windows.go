package win

import (
	"fmt"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

var (
	userenv                     = windows.NewLazySystemDLL("userenv.dll")
	getAllUsersProfileDirectory = userenv.NewProc("GetAllUsersProfileDirectoryW")
)

// The folders below are asked for, as the environment may say anything, and not
// of the shell (SHGetKnownFolderPath), which says the same and brings all that
// windows need into a process that shows none.

// ProgramData returns the folder for the data of programs for everybody
// (GetAllUsersProfileDirectory). It does not block.
func ProgramData() (string, error) {
	buffer := make([]uint16, windows.MAX_PATH)
	for range 2 { // the second time as long as it said
		size := uint32(len(buffer))
		ok, _, err := getAllUsersProfileDirectory.Call(uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&size)))
		if ok != 0 {
			return absolute("data of programs", windows.UTF16ToString(buffer))
		}
		if err != windows.ERROR_INSUFFICIENT_BUFFER || size > windows.MAX_LONG_PATH {
			return "", fmt.Errorf("find the folder for the data of programs: %w", err)
		}
		buffer = make([]uint16, size)
	}
	return "", fmt.Errorf("find the folder for the data of programs: %w", windows.ERROR_INSUFFICIENT_BUFFER)
}

// ProgramFiles returns the folder for programs of 64 bits, which administrators
// alone can change, as the shell knows it (ProgramFilesDir of the key of the
// Windows version). It does not block.
func ProgramFiles() (string, error) {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows\CurrentVersion`,
		registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return "", fmt.Errorf("find the folder for programs: %w", err)
	}
	defer key.Close()
	dir, _, err := key.GetStringValue("ProgramFilesDir")
	if err != nil {
		return "", fmt.Errorf("find the folder for programs: %w", err)
	}
	return absolute("programs", dir)
}

func absolute(what, dir string) (string, error) {
	if !filepath.IsAbs(dir) {
		return "", fmt.Errorf("find the folder for %s: %q is no path", what, dir)
	}
	return dir, nil
}

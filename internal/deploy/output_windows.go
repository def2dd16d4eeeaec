package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// openOutput holds the folder until the file is open: as long as something in a
// folder is open, neither it nor one above it can be exchanged.
func openOutput(path string) (*os.File, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	folder, err := openAs(filepath.Dir(whole), windows.FILE_READ_ATTRIBUTES|windows.FILE_LIST_DIRECTORY,
		windows.FILE_SHARE_READ, windows.OPEN_EXISTING, windows.FILE_FLAG_BACKUP_SEMANTICS)
	if err != nil {
		return nil, err
	}
	defer windows.CloseHandle(folder) //nolint:errcheck // opened to hold it only
	file, err := openAs(whole, windows.FILE_APPEND_DATA|windows.FILE_READ_ATTRIBUTES|windows.SYNCHRONIZE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, windows.OPEN_ALWAYS, windows.FILE_ATTRIBUTE_NORMAL)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(file), whole), nil
}

// openAs opens what a path is the true name of, and not what is elsewhere.
func openAs(path string, access, share, create, flags uint32) (windows.Handle, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	handle, err := windows.CreateFile(name, access, share, nil, create, flags|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var info windows.ByHandleFileInformation
	err = windows.GetFileInformationByHandle(handle, &info)
	if err == nil && info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0 {
		err = errors.New("it is a link")
	}
	if err == nil {
		err = isTrueName(handle, name, path)
	}
	if err != nil {
		_ = windows.CloseHandle(handle)
		return 0, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return handle, nil
}

func isTrueName(handle windows.Handle, name *uint16, path string) error {
	var long, final [windows.MAX_LONG_PATH]uint16
	// Short names (PROGRA~1) are not what matters here.
	if n, err := windows.GetLongPathName(name, &long[0], uint32(len(long))); err != nil || n > uint32(len(long)) {
		return fmt.Errorf("find its long name: %w", err)
	}
	n, err := windows.GetFinalPathNameByHandle(handle, &final[0], uint32(len(final)), 0)
	if err != nil || n > uint32(len(final)) {
		return fmt.Errorf("find its true name: %w", err)
	}
	truly := strings.TrimPrefix(windows.UTF16ToString(final[:]), `\\?\`)
	if rest, isShare := strings.CutPrefix(truly, `UNC\`); isShare {
		truly = `\\` + rest
	}
	if given := strings.TrimPrefix(windows.UTF16ToString(long[:]), `\\?\`); !strings.EqualFold(filepath.Clean(given), filepath.Clean(truly)) {
		return fmt.Errorf("it is %s in truth; give that path", truly)
	}
	return nil
}

func namesOf(file *os.File, _ os.FileInfo) (uint32, error) {
	var info windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(windows.Handle(file.Fd()), &info)
	return info.NumberOfLinks, os.NewSyscallError("GetFileInformationByHandle", err)
}

package trust

import (
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"
)

func adminsOnly(name string) error {
	if steps, ok := split(name); ok {
		root, err := windows.UTF16PtrFromString(steps[0])
		if err != nil {
			return fmt.Errorf("look at %s: %w", name, err)
		}
		// What another computer says about access is not this one's to trust.
		if windows.GetDriveType(root) != windows.DRIVE_FIXED {
			return &Error{name, steps[0], "is not a local disk"}
		}
	}
	return walk(name, inspect)
}

// AdminsOnlyBelow is AdminsOnly for what is below a folder in which others may
// make what they like, but not change or remove what is there and not theirs,
// such as that for the data of programs: base and what leads to it is not
// judged, but for being no link.
func AdminsOnlyBelow(base, name string) error { return walkBelow(base, name, inspect) }

// inspect opens one component without following it. The handle has no right
// but to look, so that it is in nobody's way.
func inspect(name string) (c component, err error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return c, fmt.Errorf("look at %s: %w", name, err)
	}
	handle, err := windows.CreateFile(path, windows.READ_CONTROL|windows.FILE_READ_ATTRIBUTES,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_BACKUP_SEMANTICS|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return c, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer windows.CloseHandle(handle) //nolint:errcheck // opened to look only
	var info windows.ByHandleFileInformation
	if err := windows.GetFileInformationByHandle(handle, &info); err != nil {
		return c, fmt.Errorf("look at %s: %w", name, err)
	}
	c.link = info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0
	sd, err := windows.GetSecurityInfo(handle, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return c, fmt.Errorf("read the access list of %s: %w", name, err)
	}
	c.descriptor = bytesOf(sd)
	return c, nil
}

// bytesOf returns a copy of a self-relative security descriptor.
func bytesOf(sd *windows.SECURITY_DESCRIPTOR) []byte {
	return append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(sd)), sd.Length())...)
}

package trust

import (
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

func usersExecute(name string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return &Error{name, name, "is no file"}
	}
	if info.Mode()&0o005 != 0o005 {
		return &Error{name, name, "cannot be read and executed by everybody"}
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		info, err := os.Lstat(dir)
		if err != nil {
			return err
		}
		if info.Mode()&0o001 == 0 {
			return &Error{name, dir, "cannot be entered by everybody"}
		}
		if dir == path.Dir(dir) {
			break
		}
	}
	var on unix.Statfs_t
	if err := unix.Statfs(name, &on); err != nil {
		return &fs.PathError{Op: "statfs", Path: name, Err: err}
	}
	if on.Flags&unix.ST_NOEXEC != 0 {
		return &Error{name, name, "is on a file system of which nothing is executed (noexec)"}
	}
	return nil
}

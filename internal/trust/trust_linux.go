package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const aclAttribute = "system.posix_acl_access"

func adminsOnly(name string) error { return tree{root: "/"}.adminsOnly(name) }

// tree is a part of the file system, all of it for the real thing.
type tree struct {
	root  string
	admin uint32 // the user who counts as administrator
}

// adminsOnly looks at every component below root, and at root. Each is opened
// relative to the one before, which nobody but admin can change.
func (t tree) adminsOnly(name string) error {
	if !path.IsAbs(name) || path.Clean(name) != name || strings.ContainsRune(name, 0) {
		return &Error{name, name, "is not an absolute path in its shortest form"}
	}
	rest, below := strings.CutPrefix(name, strings.TrimSuffix(t.root, "/")+"/")
	switch {
	case name == t.root:
		rest = ""
	case !below:
		return &Error{name, name, "is not below " + t.root}
	}
	at, parent := t.root, unix.AT_FDCWD
	for component := t.root; ; {
		fd, err := unix.Openat(parent, component, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if parent != unix.AT_FDCWD {
			_ = unix.Close(parent) // a path is all that it stands for
		}
		if err != nil {
			return &fs.PathError{Op: "open", Path: at, Err: err}
		}
		parent = fd
		file, err := inodeOf(fd)
		if err != nil {
			_ = unix.Close(fd)
			return fmt.Errorf("look at %s: %w", at, err)
		}
		if fault := file.fault(t.admin); fault != "" {
			_ = unix.Close(fd)
			return &Error{name, at, fault}
		}
		if rest == "" {
			return unix.Close(fd)
		}
		component, rest, _ = strings.Cut(rest, "/")
		at = path.Join(at, component)
	}
}

// inodeOf looks at what is open, which needs no right to read it.
func inodeOf(fd int) (inode, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return inode{}, fmt.Errorf("fstat: %w", err)
	}
	file := inode{mode: stat.Mode, owner: stat.Uid}
	if file.mode&typeMask == typeLink {
		return file, nil // has no access list
	}
	var err error
	file.acl, err = accessList(fd)
	return file, err
}

// accessList reads the access list of what is open. Of a mere path it goes by
// /proc, as fgetxattr takes no such descriptor.
func accessList(fd int) ([]byte, error) {
	read := func(list []byte) (int, error) {
		n, err := unix.Fgetxattr(fd, aclAttribute, list)
		if errors.Is(err, unix.EBADF) {
			n, err = unix.Getxattr("/proc/self/fd/"+strconv.Itoa(fd), aclAttribute, list)
		}
		return n, err
	}
	const most = 1 << 16 // XATTR_SIZE_MAX
	list := make([]byte, most>>8)
	n, err := read(list)
	if errors.Is(err, unix.ERANGE) {
		list = make([]byte, most)
		n, err = read(list)
	}
	switch {
	case errors.Is(err, unix.ENODATA), errors.Is(err, unix.EOPNOTSUPP):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read its access list: %w", err)
	}
	return list[:n], nil
}

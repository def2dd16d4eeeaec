package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"
)

// OnlyWriter returns "" if nobody but that user can write the file or folder
// that is open, and else why not.
func OnlyWriter(fd int, user uint32) (fault string, err error) {
	file, err := inodeOf(fd)
	if err != nil {
		return "", err
	}
	return file.fault(user), nil
}

// Differs says how what is open differs from what the permissions are to be,
// "" if it does not.
func (p Permissions) Differs(fd int) (string, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return "", fmt.Errorf("fstat: %w", err)
	}
	file, err := inodeOf(fd)
	if err != nil {
		return "", err
	}
	return p.differs(file, stat.Gid, func() (uint32, bool) {
		group, err := PrivateGroup(p.Reader)
		return group, err == nil
	}), nil
}

// Apply gives what is open its permissions, taking away all that others have.
// Where the file system has no access lists, the reader reads by a group that
// has nobody else; where there is no such group it is refused.
func (p Permissions) Apply(fd int) error {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("fstat: %w", err)
	}
	if stat.Uid != p.Owner {
		if err := unix.Fchown(fd, int(p.Owner), -1); err != nil {
			return fmt.Errorf("give it to user %d: %w", p.Owner, err)
		}
	}
	if err := removeLists(fd); err != nil {
		return err
	}
	if !p.Reads {
		return chmod(fd, p.Mode)
	}
	err := unix.Fsetxattr(fd, aclAttribute, p.acl(), 0)
	if !errors.Is(err, unix.EOPNOTSUPP) {
		if err != nil {
			return fmt.Errorf("set its access list: %w", err)
		}
		return chmod(fd, p.Mode)
	}
	group, err := PrivateGroup(p.Reader)
	if err != nil {
		return fmt.Errorf("the file system has no access lists, and %w: %w", err, fs.ErrPermission)
	}
	if err := unix.Fchown(fd, -1, int(group)); err != nil {
		return fmt.Errorf("give it to group %d: %w", group, err)
	}
	return chmod(fd, p.Mode)
}

func chmod(fd int, mode uint32) error {
	if err := unix.Fchmod(fd, mode); err != nil {
		return fmt.Errorf("set its mode: %w", err)
	}
	return nil
}

// removeLists removes the access list, and the one that would be inherited.
func removeLists(fd int) error {
	for _, name := range []string{aclAttribute, "system.posix_acl_default"} {
		err := unix.Fremovexattr(fd, name)
		if err != nil && !errors.Is(err, unix.ENODATA) && !errors.Is(err, unix.EOPNOTSUPP) && !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("remove %s: %w", name, err)
		}
	}
	return nil
}

// PrivateGroup returns the group that has that user and nobody else in it, as
// /etc/passwd and /etc/group have it: his own one, with his name.
func PrivateGroup(user uint32) (uint32, error) {
	passwd, err := readAccounts("/etc/passwd")
	if err != nil {
		return 0, err
	}
	group, err := readAccounts("/etc/group")
	if err != nil {
		return 0, err
	}
	return privateGroup(strconv.FormatUint(uint64(user), 10), passwd, group)
}

package trust

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const aclNobody = 0xffffffff // the id of entries that have none

// acl is the access list, nil where the mode says all.
func (p Permissions) acl() []byte {
	if !p.Reads {
		return nil
	}
	owner, reader := p.Mode>>6&7, p.Mode>>3&7
	list := binary.LittleEndian.AppendUint32(nil, aclVersion)
	for _, e := range []struct{ tag, may, id uint32 }{
		{aclOwner, owner, aclNobody},
		{aclUser, reader, p.Reader},
		{aclOwning, 0, aclNobody},
		{aclMask, reader, aclNobody},
		{aclOthers, 0, aclNobody},
	} {
		list = binary.LittleEndian.AppendUint16(list, uint16(e.tag))
		list = binary.LittleEndian.AppendUint16(list, uint16(e.may))
		list = binary.LittleEndian.AppendUint32(list, e.id)
	}
	return list
}

// differs says how a file differs from what it should be, "" if it does not.
// group is the one that has nobody but the reader; false where there is none.
func (p Permissions) differs(f inode, fileGroup uint32, group func() (uint32, bool)) string {
	switch {
	case f.mode&typeMask == typeLink:
		return "is a link"
	case f.owner != p.Owner:
		return fmt.Sprintf("belongs to user %d, not to %d", f.owner, p.Owner)
	case f.mode&0o1777 != p.Mode:
		return fmt.Sprintf("has mode %04o, not %04o", f.mode&0o1777, p.Mode)
	case !p.Reads && f.acl != nil:
		return "has an access list, which it should not"
	case p.Reads && f.acl == nil:
		if own, ok := group(); !ok || own != fileGroup {
			return fmt.Sprintf("cannot be read by user %d", p.Reader)
		}
	case !slices.Equal(f.acl, p.acl()):
		return fmt.Sprintf("has another access list than one for user %d", p.Reader)
	}
	return ""
}

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

// readAccounts reads a file of lines whose fields have colons between them.
func readAccounts(name string) ([][]string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var lines [][]string
	for line := range strings.Lines(string(data)) {
		lines = append(lines, strings.Split(strings.TrimRight(line, "\r\n"), ":"))
	}
	return lines, nil
}

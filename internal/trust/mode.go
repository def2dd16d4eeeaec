package trust

import (
	"encoding/binary"
	"fmt"
)

// Types and permissions of a file, from stat(2).
const (
	typeMask      = 0o170000
	typeDirectory = 0o040000
	typeRegular   = 0o100000
	typeLink      = 0o120000

	groupWrites  = 0o020
	othersWrite  = 0o002
	stickyFolder = 0o1000
)

// inode is what Linux says about a file.
type inode struct {
	mode  uint32
	owner uint32
	acl   []byte // the attribute system.posix_acl_access, nil = none
}

// fault says why others than admin can change the file, "" if they cannot.
func (f inode) fault(admin uint32) string {
	switch f.mode & typeMask {
	case typeDirectory, typeRegular:
	case typeLink:
		return "is a link"
	default:
		return "is neither a file nor a folder"
	}
	if f.owner != admin {
		return fmt.Sprintf("belongs to user %d, not to %d", f.owner, admin)
	}
	if f.mode&othersWrite != 0 {
		if f.mode&stickyFolder != 0 {
			return "is a folder where everybody may put files"
		}
		return "can be written by everybody"
	}
	// With an access list the group's permissions are its mask, so whoever it
	// lets write is caught by the mode as well; the list says who that is.
	writer, err := aclWriter(f.acl, admin)
	switch {
	case err != nil:
		return fmt.Sprintf("cannot be judged: %v", err)
	case writer != "":
		return "can be written by " + writer + ", by its access list"
	case f.mode&groupWrites != 0:
		return "can be written by its group"
	}
	return ""
}

// A POSIX access list as in linux/posix_acl_xattr.h: a version, then entries
// of tag, permissions and id, little endian.
const (
	aclVersion   = 2
	aclHeader    = 4
	aclEntry     = 8
	aclUser      = 0x02
	aclGroup     = 0x08
	aclOwning    = 0x04
	aclMask      = 0x10
	aclOthers    = 0x20
	aclOwner     = 0x01
	aclMayWrite  = 0x02
	aclNoMaskSet = 0xffff
)

// aclWriter names somebody besides admin whom the access list lets write.
func aclWriter(acl []byte, admin uint32) (string, error) {
	if acl == nil {
		return "", nil
	}
	if len(acl) < aclHeader || (len(acl)-aclHeader)%aclEntry != 0 || binary.LittleEndian.Uint32(acl) != aclVersion {
		return "", errMalformed
	}
	entries, mask := acl[aclHeader:], uint16(aclNoMaskSet)
	for e := entries; len(e) > 0; e = e[aclEntry:] {
		if binary.LittleEndian.Uint16(e) == aclMask {
			mask = binary.LittleEndian.Uint16(e[2:])
		}
	}
	for e := entries; len(e) > 0; e = e[aclEntry:] {
		tag, may, id := binary.LittleEndian.Uint16(e), binary.LittleEndian.Uint16(e[2:]), binary.LittleEndian.Uint32(e[4:])
		masked := may&mask&aclMayWrite != 0
		switch tag {
		case aclOwner, aclMask:
		case aclUser:
			if masked && id != admin {
				return fmt.Sprintf("user %d", id), nil
			}
		case aclGroup:
			if masked {
				return fmt.Sprintf("group %d", id), nil
			}
		case aclOwning:
			if masked {
				return "its group", nil
			}
		case aclOthers:
			if may&aclMayWrite != 0 {
				return "everybody", nil
			}
		default:
			return "", errMalformed
		}
	}
	return "", nil
}

package trust

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
)

type aclLine struct {
	tag, may uint16
	id       uint32
}

func aclBytes(lines ...aclLine) []byte {
	b := binary.LittleEndian.AppendUint32(nil, aclVersion)
	for _, l := range lines {
		b = binary.LittleEndian.AppendUint16(b, l.tag)
		b = binary.LittleEndian.AppendUint16(b, l.may)
		b = binary.LittleEndian.AppendUint32(b, l.id)
	}
	return b
}

func TestInode(t *testing.T) {
	const none = 0xffffffff
	owner, owning, others := aclLine{aclOwner, 7, none}, aclLine{aclOwning, 5, none}, aclLine{aclOthers, 5, none}
	for _, c := range []struct {
		name string
		file inode
		want string // part of the fault, "" = none
	}{
		{"program", inode{mode: typeRegular | 0o755}, ""},
		{"folder", inode{mode: typeDirectory | 0o755}, ""},
		{"folder with setgid", inode{mode: typeDirectory | 0o2755}, ""},
		{"folder nobody may list", inode{mode: typeDirectory | 0o711}, ""},
		{"owner", inode{mode: typeRegular | 0o755, owner: 1000}, "belongs to user 1000"},
		{"group", inode{mode: typeRegular | 0o775}, "by its group"},
		{"group folder", inode{mode: typeDirectory | 0o2775}, "by its group"},
		{"everybody", inode{mode: typeRegular | 0o757}, "by everybody"},
		{"like /tmp", inode{mode: typeDirectory | 0o1777}, "where everybody may put files"},
		{"link", inode{mode: typeLink | 0o777}, "is a link"},
		{"pipe", inode{mode: 0o010755}, "neither a file nor a folder"},
		{"device", inode{mode: 0o020600}, "neither a file nor a folder"},
		{"socket", inode{mode: 0o140755}, "neither a file nor a folder"},
		{"list that lets read", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, aclLine{aclUser, 5, 1000}, owning, aclLine{aclMask, 5, none}, others)}, ""},
		{"list that lets a user write", inode{mode: typeRegular | 0o775, acl: aclBytes(owner, aclLine{aclUser, 7, 1000}, owning, aclLine{aclMask, 7, none}, others)}, "by user 1000, by its access list"},
		{"list that the mode does not show", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, aclLine{aclUser, 7, 1000}, owning, aclLine{aclMask, 7, none}, others)}, "by user 1000"},
		{"list that lets a group write", inode{mode: typeRegular | 0o775, acl: aclBytes(owner, owning, aclLine{aclGroup, 2, 50}, aclLine{aclMask, 7, none}, others)}, "by group 50"},
		{"list that lets its group write", inode{mode: typeRegular | 0o775, acl: aclBytes(owner, aclLine{aclOwning, 7, none}, others)}, "by its group"},
		{"list that lets everybody write", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, owning, aclLine{aclOthers, 2, none})}, "by everybody"},
		{"list whose mask takes it away", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, aclLine{aclUser, 7, 1000}, owning, aclLine{aclMask, 5, none}, others)}, ""},
		{"list for the administrator", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, aclLine{aclUser, 7, 0}, owning, others)}, ""},
		{"list of odd length", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, owning, others)[:11]}, "malformed"},
		{"list of an unknown version", inode{mode: typeRegular | 0o755, acl: []byte{3, 0, 0, 0}}, "malformed"},
		{"list with an unknown entry", inode{mode: typeRegular | 0o755, acl: aclBytes(owner, aclLine{0x40, 0, 1})}, "malformed"},
		{"empty list", inode{mode: typeRegular | 0o755, acl: []byte{}}, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.file.fault(0); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Fatalf("fault %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzAccessList(f *testing.F) {
	f.Add(aclBytes(aclLine{aclUser, 7, 1000}, aclLine{aclMask, 5, 0}))
	f.Fuzz(func(t *testing.T, list []byte) {
		if _, err := aclWriter(list, 0); err != nil && !errors.Is(err, errMalformed) {
			t.Fatal(err)
		}
	})
}

package trust

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Rights by which a file or folder, or what is in a folder, is changed
// ([MS-DTYP] 2.4.3, winnt.h).
const (
	writeData       = 0x2 // in a folder: add a file
	appendData      = 0x4 // in a folder: add a folder
	writeEA         = 0x10
	deleteChild     = 0x40
	writeAttributes = 0x100 // suffices to make an empty folder a junction
	deleteIt        = 0x10000
	writeDAC        = 0x40000
	writeOwner      = 0x80000
	maximumAllowed  = 0x2000000
	genericAll      = 0x10000000
	genericWrite    = 0x40000000

	changes = writeData | appendData | writeEA | deleteChild | writeAttributes | deleteIt |
		writeDAC | writeOwner | maximumAllowed | genericAll | genericWrite
)

// tolerated are rights that others may have. Windows lets everybody make
// folders in the root of a disk; that changes none of those that are there.
const (
	tolerateNothing = 0
	tolerateFolders = appendData
)

// isAdmin reports whether the SID is Administrators, SYSTEM or
// TrustedInstaller, or stands for the owner, who is one of them.
func isAdmin(sid string) bool {
	switch sid {
	case "S-1-5-32-544", "S-1-5-18", "S-1-3-4",
		"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464":
		return true
	}
	return false
}

// descriptor is what counts of a security descriptor.
type descriptor struct {
	owner   string
	open    bool // it has no access list: everybody may do everything
	entries []entry
}

// entry of an access list.
type entry struct {
	kind, flags byte
	mask        uint32
	sid         string // "" where the kind is not known
}

const inheritOnly = 0x8 // the entry is for what is made in the folder

// fault says why others than administrators can change the file, "" if they
// cannot. What a list denies is not counted in its favour.
func (d descriptor) fault(tolerated uint32) string {
	if !isAdmin(d.owner) || d.owner == "S-1-3-4" {
		return fmt.Sprintf("belongs to %s, not to administrators", d.owner)
	}
	if d.open {
		return "has no access list, so that everybody can write it"
	}
	for _, e := range d.entries {
		if e.denies() || e.flags&inheritOnly != 0 {
			continue
		}
		if rights := e.mask & changes &^ tolerated; rights != 0 && !isAdmin(e.sid) {
			who := e.sid
			if who == "" {
				who = fmt.Sprintf("whom an entry of type %d means", e.kind)
			}
			return fmt.Sprintf("can be written by %s (rights %#x)", who, rights)
		}
	}
	return ""
}

// Types of entries, [MS-DTYP] 2.4.4.1.
const (
	allowed         = 0x0
	denied          = 0x1
	deniedObject    = 0x6
	allowedCallback = 0x9
	deniedCallback  = 0xA
	deniedObjectToo = 0xC
)

func (e entry) denies() bool {
	switch e.kind {
	case denied, deniedObject, deniedCallback, deniedObjectToo:
		return true
	}
	return false
}

const (
	descriptorHeader = 20
	listHeader       = 8
	entryHeader      = 8
	sidHeader        = 8
	listPresent      = 0x0004
	selfRelative     = 0x8000
)

// parseDescriptor reads a self-relative security descriptor, [MS-DTYP] 2.4.6.
func parseDescriptor(data []byte) (descriptor, error) {
	var d descriptor
	if len(data) < descriptorHeader || data[0] != 1 {
		return d, errMalformed
	}
	control := binary.LittleEndian.Uint16(data[2:])
	if control&selfRelative == 0 {
		return d, errMalformed
	}
	owner, err := at(data, binary.LittleEndian.Uint32(data[4:]))
	if err != nil {
		return d, err
	}
	if d.owner, err = parseSID(owner); err != nil {
		return d, err
	}
	err = d.parseEntries(data)
	return d, err
}

// parseList is parseDescriptor for one that need not name an owner.
func parseList(data []byte) (descriptor, error) {
	if len(data) < descriptorHeader || binary.LittleEndian.Uint32(data[4:]) != 0 {
		return parseDescriptor(data)
	}
	var d descriptor
	if data[0] != 1 || binary.LittleEndian.Uint16(data[2:])&selfRelative == 0 {
		return d, errMalformed
	}
	err := d.parseEntries(data)
	return d, err
}

// parseEntries reads the access list of a descriptor.
func (d *descriptor) parseEntries(data []byte) error {
	control := binary.LittleEndian.Uint16(data[2:])
	offset := binary.LittleEndian.Uint32(data[16:])
	if control&listPresent == 0 || offset == 0 {
		d.open = true
		return nil
	}
	list, err := at(data, offset)
	if err != nil {
		return err
	}
	d.entries, err = parseEntries(list)
	return err
}

func at(data []byte, offset uint32) ([]byte, error) {
	if offset < descriptorHeader || uint64(offset) >= uint64(len(data)) {
		return nil, errMalformed
	}
	return data[offset:], nil
}

func parseEntries(list []byte) ([]entry, error) {
	if len(list) < listHeader {
		return nil, errMalformed
	}
	size, count := int(binary.LittleEndian.Uint16(list[2:])), int(binary.LittleEndian.Uint16(list[4:]))
	if size < listHeader || size > len(list) {
		return nil, errMalformed
	}
	var entries []entry
	for rest := list[listHeader:size]; count > 0; count-- {
		if len(rest) < entryHeader {
			return nil, errMalformed
		}
		length := int(binary.LittleEndian.Uint16(rest[2:]))
		if length < entryHeader || length > len(rest) {
			return nil, errMalformed
		}
		e := entry{kind: rest[0], flags: rest[1], mask: binary.LittleEndian.Uint32(rest[4:])}
		if e.kind == allowed || e.kind == allowedCallback {
			sid, err := parseSID(rest[entryHeader:length])
			if err != nil {
				return nil, err
			}
			e.sid = sid
		}
		entries = append(entries, e)
		rest = rest[length:]
	}
	return entries, nil
}

// parseSID reads the SID that data begins with, [MS-DTYP] 2.4.2.2.
func parseSID(data []byte) (string, error) {
	const most = 15
	if len(data) < sidHeader || data[0] != 1 || data[1] > most {
		return "", errMalformed
	}
	parts := int(data[1])
	if len(data) < sidHeader+4*parts {
		return "", errMalformed
	}
	var authority uint64
	for _, b := range data[2:sidHeader] {
		authority = authority<<8 | uint64(b)
	}
	var s strings.Builder
	fmt.Fprintf(&s, "S-1-%d", authority)
	for i := range parts {
		fmt.Fprintf(&s, "-%d", binary.LittleEndian.Uint32(data[sidHeader+4*i:]))
	}
	return s.String(), nil
}

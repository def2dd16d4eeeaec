package trust

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// keyFault says why others than administrators can change a key, "" if they
// cannot.
func (d descriptor) keyFault() string {
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
		if rights := e.mask & keyChanges; rights != 0 && !isAdmin(e.sid) {
			who := e.sid
			if who == "" {
				who = fmt.Sprintf("whom an entry of type %d means", e.kind)
			}
			return fmt.Sprintf("can be written by %s (rights %#x)", who, rights)
		}
	}
	return ""
}

const (
	inherited = 0x10 // the entry comes from above
	protected = 0x1000
)

// keyDiffers says how the access list of a key differs from what it should be,
// "" if it does not. The order of entries does not count, as none denies.
func keyDiffers(is, want []byte) (string, error) {
	a, err := parseDescriptor(is)
	if err != nil {
		return "", err
	}
	b, err := parseList(want)
	if err != nil {
		return "", err
	}
	switch {
	case b.owner != "" && !isAdmin(a.owner):
		return fmt.Sprintf("belongs to %s, not to administrators", a.owner), nil
	case a.open:
		return "has no access list", nil
	case controlOf(is)&protected == 0 && slices.ContainsFunc(a.entries, func(e entry) bool { return e.flags&inherited != 0 }):
		return "inherits who may do what with it", nil
	}
	for _, e := range a.entries {
		if !slices.Contains(b.entries, e) {
			return fmt.Sprintf("has an entry for %s (rights %#x) that it should not have", e.sid, e.mask), nil
		}
	}
	for _, e := range b.entries {
		if !slices.Contains(a.entries, e) {
			return fmt.Sprintf("has no entry for %s (rights %#x)", e.sid, e.mask), nil
		}
	}
	return "", nil
}

// controlOf is the control word of a descriptor that has been parsed.
func controlOf(data []byte) uint16 { return binary.LittleEndian.Uint16(data[2:]) }

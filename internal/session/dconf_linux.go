package session

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
)

// A dconf is the user's database of settings as dconf keeps it in a file: a
// GVDB hash table whose items are the parts of names, each with its parent, and
// whose values are serialised GVariants. Offsets are little endian here.
type dconf []byte

const (
	gvdbMagic  = "GVariant"
	gvdbHeader = 24
	gvdbItem   = 24
	gvdbDeep   = 32 // parts of a name that are followed
)

// readDconf reads the user's settings; empty where there are none.
func readDconf(getenv func(string) string) dconf {
	dir := getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(getenv("HOME"), ".config")
	}
	// A person's are some KiB; one that is cut off is malformed.
	data, err := readSome(filepath.Join(dir, "dconf", "user"))
	if err != nil {
		return nil
	}
	return data
}

// off reports whether a setting is there and is the boolean false.
func (d dconf) off(name string) bool {
	items, ok := d.items()
	if !ok {
		return false
	}
	for i := range len(items) / gvdbItem {
		item := items[i*gvdbItem:]
		if item[14] != 'v' || !d.named(items, uint32(i), name) {
			continue
		}
		value, ok := d.span(item[16:])
		return ok && bytes.Equal(value, []byte{0, 0, 'b'})
	}
	return false
}

// items are those of the hash table at the root.
func (d dconf) items() ([]byte, bool) {
	if len(d) < gvdbHeader || string(d[:len(gvdbMagic)]) != gvdbMagic {
		return nil, false
	}
	table, ok := d.span(d[16:])
	if !ok || len(table) < 8 {
		return nil, false
	}
	bloom := uint64(binary.LittleEndian.Uint32(table)) & (1<<27 - 1)
	buckets := uint64(binary.LittleEndian.Uint32(table[4:]))
	skip := 8 + 4*(bloom+buckets)
	if skip > uint64(len(table)) {
		return nil, false
	}
	return table[skip:], true
}

// span is what a pair of offsets points at.
func (d dconf) span(pair []byte) ([]byte, bool) {
	start, end := binary.LittleEndian.Uint32(pair), binary.LittleEndian.Uint32(pair[4:])
	if start > end || uint64(end) > uint64(len(d)) {
		return nil, false
	}
	return d[start:end], true
}

// named compares the whole name of an item, from its end.
func (d dconf) named(items []byte, item uint32, name string) bool {
	for range gvdbDeep {
		if uint64(item) >= uint64(len(items)/gvdbItem) {
			return false
		}
		i := items[item*gvdbItem:]
		start, size := uint64(binary.LittleEndian.Uint32(i[8:])), uint64(binary.LittleEndian.Uint16(i[12:]))
		if start+size > uint64(len(d)) || size > uint64(len(name)) {
			return false
		}
		left := name[:uint64(len(name))-size]
		if name[len(left):] != string(d[start:start+size]) {
			return false
		}
		name, item = left, binary.LittleEndian.Uint32(i[4:])
		if item == 1<<32-1 {
			return name == ""
		}
	}
	return false
}

// quietGnome reports whether the person has told GNOME not to disturb him. What
// is kept in another place than his own settings, by a policy, is not seen.
func quietGnome() bool {
	return readDconf(os.Getenv).off("/org/gnome/desktop/notifications/show-banners")
}

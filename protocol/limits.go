package protocol

import "strings"

// Limits of one message (docs/protocol.md, section 3). Text is measured in
// bytes of UTF-8.
const (
	MaxField     = 64 << 10  // bytes in one field
	MaxMessage   = 256 << 10 // bytes in all fields, names included
	MaxListItems = 64
	MaxFields    = 200
	// MaxEncoded bounds what is read of a JSON file before it is parsed:
	// escapes make a character of one byte at most six bytes long.
	MaxEncoded = 6*MaxMessage + 64<<10
)

// checkSize keeps fields to the limits. Ready is the store's and not counted.
func checkSize(fields Fields) error {
	total, count := 0, 0
	for _, name := range sortedNames(fields) {
		if isReady(name) {
			continue
		}
		count++
		size := sizeOf(fields[name])
		if size > MaxField {
			return problem(shown(name), "larger than %d KiB", MaxField>>10)
		}
		if list, ok := fields[name].([]string); ok && len(list) > MaxListItems {
			return problem(shown(name), "%d items, at most %d are allowed", len(list), MaxListItems)
		}
		total += len(name) + size
	}
	switch {
	case count > MaxFields:
		return problem("", "%d fields, at most %d are allowed", count, MaxFields)
	case total > MaxMessage:
		return problem("", "the message is larger than %d KiB", MaxMessage>>10)
	}
	return nil
}

func isReady(name string) bool { return strings.EqualFold(name, "Ready") }

// shown is a name that somebody else chose, fit for an error message; the
// names of the protocol in their canonical form.
func shown(name string) string {
	if c, ok := messageTable.column(name); ok {
		return c.Name
	}
	const most = 64
	if len(name) > most {
		return strings.ToValidUTF8(name[:most], "") + "…"
	}
	return name
}

// sizeOf is the size of a value as the limits count it: the bytes of its text
// in UTF-8, one more for each item of a list, and 8 for everything else.
func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []string:
		n := 0
		for _, item := range v {
			n += len(item) + 1
		}
		return n
	case []any:
		n := 0
		for _, item := range v {
			n += sizeOf(item) + 1
		}
		return n
	case map[string]any:
		n := 0
		for name, item := range v {
			n += len(name) + sizeOf(item)
		}
		return n
	}
	return 8
}

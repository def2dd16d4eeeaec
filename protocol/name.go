package protocol

import (
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// Most characters of a name.
const (
	maxQueue = 63
	maxID    = 64
)

// isName reports whether s is [a-z0-9][a-z0-9._-]* of at most that length.
// (No regular expression: they would be compiled at every start.)
func isName(s string, most int) bool {
	return s != "" && len(s) <= most && isNameStart(rune(s[0])) && strings.IndexFunc(s, func(r rune) bool { return !isNamePart(r) }) < 0
}

func isNameStart(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

func isNamePart(r rune) bool { return isNameStart(r) || r == '.' || r == '_' || r == '-' }

// DefaultQueue is the queue of an executable whose name begins with it.
const DefaultQueue = "deskbell"

// ParseQueue returns the name of a queue with upper case folded, or an error
// that says what a name looks like.
func ParseQueue(name string) (string, error) {
	folded := Fold(name)
	if !isName(folded, maxQueue) {
		return "", fmt.Errorf("queue name %q: a name is 1 to 63 of a-z 0-9 . _ - and begins with a letter or digit", name)
	}
	return folded, nil
}

// QueueOf returns the default queue of an executable: its base name without
// its extension, other characters as "-" (none at the beginning, where a name
// has a letter or digit), and "deskbell" for all that begins so.
func QueueOf(executable string) string {
	base := executable
	if i := strings.LastIndexAny(base, `/\`); i >= 0 {
		base = base[i+1:]
	}
	base = Fold(base)
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		base = base[:i]
	}
	base = strings.Map(func(r rune) rune {
		if isNamePart(r) {
			return r
		}
		return '-'
	}, base)
	base = strings.TrimLeft(base, "._-")
	base = base[:min(len(base), maxQueue)]
	if strings.HasPrefix(base, DefaultQueue) || !isName(base, maxQueue) {
		return DefaultQueue
	}
	return base
}

// Fold returns a name with A to Z as a to z, which makes names of fields, queues
// and messages the same in any case. No other letter becomes one of these: not
// the Kelvin sign, which Unicode folds to k.
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// ParseID returns the id of a message with upper case folded, or an error
// that says what an id looks like.
func ParseID(id string) (string, error) {
	folded := Fold(id)
	if !isName(folded, maxID) {
		return "", fmt.Errorf("message id %q: an id is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit", id)
	}
	return folded, nil
}

// NewID returns a fresh message id, a UUIDv7: ids sort by their age.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

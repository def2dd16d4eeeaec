package protocol

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
)

var (
	queueName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)
	messageID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	notInName = regexp.MustCompile(`[^a-z0-9._-]`)
)

// DefaultQueue is the queue of an executable whose name begins with it.
const DefaultQueue = "deskbell"

// ParseQueue returns the name of a queue with upper case folded, or an error
// that says what a name looks like.
func ParseQueue(name string) (string, error) {
	folded := fold(name)
	if !queueName.MatchString(folded) {
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
	base = strings.ToLower(base)
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		base = base[:i]
	}
	base = strings.TrimLeft(notInName.ReplaceAllString(base, "-"), "._-")
	base = base[:min(len(base), 63)]
	if strings.HasPrefix(base, DefaultQueue) || !queueName.MatchString(base) {
		return DefaultQueue
	}
	return base
}

// fold turns A to Z into a to z, and no other letter into one of these.
func fold(name string) string {
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
	folded := fold(id)
	if !messageID.MatchString(folded) {
		return "", fmt.Errorf("message id %q: an id is 1 to 64 of a-z 0-9 . _ - and begins with a letter or digit", id)
	}
	return folded, nil
}

// NewID returns a fresh message id, a UUIDv7: ids sort by their age.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

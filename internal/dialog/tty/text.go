package tty

import (
	"io"
	"strings"
	"unicode"

	"github.com/deskbell/deskbell/internal/dialog/flat"
)

// indent stands before every line of a message.
const indent = "  "

// say prints text, every line with prefix before it, and breaks lines itself:
// what the terminal broke would begin at the left edge.
func (c *conversation) say(prefix, text string) error {
	var out strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		width := max(c.Width()-len(prefix)-1, 8)
		if strings.ContainsFunc(line, wide) {
			width /= 2
		}
		for part := range strings.SplitSeq(flat.Wrap(line, width), "\n") {
			out.WriteString(prefix + part + "\n")
		}
	}
	_, err := io.WriteString(c.terminal, out.String())
	return err
}

// wide reports whether a terminal may give r two columns.
func wide(r rune) bool { return r >= 0x1100 }

// clean returns s without anything that a terminal obeys: control characters
// but the line break are shown as a replacement character, those that turn
// the direction of what follows are left out.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t':
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		case unicode.IsControl(r), r == '\u2028', r == '\u2029':
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(strings.ReplaceAll(s, "\r\n", "\n"), string(unicode.ReplacementChar)))
}

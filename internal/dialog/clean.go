package dialog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deskbell/deskbell/protocol"
)

// Most characters of a line (a title, a caption), and most bytes of a text,
// that reach a window; an ellipsis stands for the rest.
const (
	maxLine = 500
	maxText = protocol.MaxField
)

// maxMarks bounds the marks stacked on one letter: more than any language
// writes, fewer than it takes to paint over the next line.
const maxMarks = 8

// Clean makes text from a message harmless for a window: line ends of any
// sort become \n; control characters, bidi embeddings, overrides and isolates
// and characters that nobody can see are dropped; invalid UTF-8 becomes
// U+FFFD. Text in any script comes out as written, with joiners, selectors
// and marks where scripts and emoji use them. Too long a text ends in "…".
func Clean(text string) string {
	return bounded(strings.TrimRight(cleaned(text), "\n"), maxText)
}

// CleanLine is Clean for what has to stay on one line: line ends and tabs
// become a space, space around it goes.
func CleanLine(text string) string {
	line := strings.Join(strings.FieldsFunc(cleaned(text), func(r rune) bool { return r == '\n' || r == '\t' }), " ")
	line = strings.TrimSpace(line)
	if utf8.RuneCountInString(line) > maxLine {
		line = strings.TrimSpace(string([]rune(line)[:maxLine-1])) + "…"
	}
	return line
}

// bounded cuts text at the end of a character so that it has at most limit
// bytes, the ellipsis included.
func bounded(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	end := limit - len("…")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

func cleaned(text string) string {
	var c cleaner
	c.out.Grow(len(text))
	for _, r := range text {
		c.write(r)
	}
	return c.out.String()
}

// cleaner passes on what may be seen. What a joiner, selector or tag does
// depends on what it follows.
type cleaner struct {
	out      strings.Builder
	previous rune // last one written
	read     rune // last one read
	marks    int  // since the last letter
	flag     bool // within an emoji tag sequence (the flag of Wales)
}

func (c *cleaner) write(r rune) {
	afterCR := c.read == '\r'
	c.read = r
	inFlag := c.flag
	c.flag = r == blackFlag || inFlag && isTag(r) && r != endOfTags
	switch {
	case r == '\n' && afterCR:
		return
	case isLineEnd(r):
		r = '\n'
	case r == '\t':
	case isTag(r):
		if !inFlag {
			return
		}
	case isJoiner(r):
		if !joins(c.previous) {
			return
		}
	case isSelector(r):
		if !unicode.IsGraphic(c.previous) || unicode.IsSpace(c.previous) || isSelector(c.previous) {
			return
		}
	case isUnseen(r):
		return
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		if c.marks++; c.marks > maxMarks {
			return
		}
	} else if !isJoiner(r) {
		c.marks = 0
	}
	c.out.WriteRune(r)
	c.previous = r
}

// isLineEnd reports whether r ends a line anywhere (Unicode UAX 14, classes
// BK, CR, LF and NL).
func isLineEnd(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// isTag reports whether r is an invisible copy of an ASCII character; they
// spell the flags of regions after a black flag, and nothing else.
func isTag(r rune) bool { return r >= 0xE0020 && r <= endOfTags }

const (
	blackFlag = '\U0001F3F4'
	endOfTags = '\U000E007F'
)

// isJoiner reports whether r is the zero-width joiner or non-joiner.
func isJoiner(r rune) bool { return r == '\u200C' || r == '\u200D' }

// joins reports whether a joiner after r has something to do: between emoji
// and in scripts whose letters connect, but not in Latin, Greek, Cyrillic,
// digits and punctuation, where it only makes equal words differ.
func joins(r rune) bool {
	if unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
		return false
	}
	return r > unicode.MaxLatin1 && unicode.In(r, unicode.L, unicode.M, unicode.S) || isSelector(r)
}

// isSelector reports whether r selects a variant of the character before it.
func isSelector(r rune) bool {
	return r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100 && r <= 0xE01EF || r >= 0x180B && r <= 0x180D
}

// isUnseen reports whether r has no look of its own and changes how other
// characters look or compare: controls, formatting (but the marks that give a
// character its direction and the number signs, which are seen), noncharacters
// and the letters that are blank by definition.
func isUnseen(r rune) bool {
	switch r {
	case '\u061C', '\u200E', '\u200F':
		return false // directional marks: needed in right-to-left text, move nothing by themselves
	case '\u034F', '\u115F', '\u1160', '\u17B4', '\u17B5', '\u180E', '\u3164', '\uFFA0', '\uFFFC':
		return true
	}
	switch {
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r), r >= 0x13430 && r <= 0x1343F:
		return false
	case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs):
		return true
	}
	return unicode.Is(unicode.Noncharacter_Code_Point, r) || r >= 0xE0000 && r <= 0xE0FFF
}

// Package flat renders a question as one title and one run of text, for
// dialogs that have no place of their own for who asks, the details, the link
// or the time that is left.
package flat

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/deskbell/deskbell/internal/dialog"
)

// Title returns the title of the window. Who sent stands first: there a long
// title cannot push it out of sight, nor one that ends in somebody's name
// pass for it.
func Title(q dialog.Question) string {
	return join(" — ", Line(q.Origin), Line(q.Title))
}

// Text returns everything there is to read, the line that says who sent first:
// nothing that a message brings can come before it. The time left is that at
// now, in words that stay true only for a moment; a hint, why the last answer
// was refused, is put last, next to the field.
func Text(q dialog.Question, now time.Time, hint string) string {
	return join("\n\n", Origin(q), q.Text, q.Details, q.Link, Countdown(q, now), hint)
}

// Origin returns the line that says who sent. The name that the sender claims
// comes second and in quotation marks.
func Origin(q dialog.Question) string {
	origin, sender := Line(q.Origin), Line(q.Sender)
	if sender != "" {
		sender = "“" + sender + "”"
	}
	return join(" — ", origin, sender)
}

// Countdown returns the line with the time that is left at now, in hours,
// minutes and seconds, or nothing where no clock runs.
func Countdown(q dialog.Question, now time.Time) string {
	left := time.Duration(q.Remaining) * time.Millisecond
	if !q.Deadline.IsZero() && !q.Paused {
		left = q.Deadline.Sub(now)
	}
	if q.Countdown == "" || (q.Deadline.IsZero() && q.Remaining <= 0) {
		return ""
	}
	return strings.ReplaceAll(q.Countdown, "{time}", clock(left))
}

func clock(left time.Duration) string {
	s := int64(max(left, 0).Round(time.Second) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// Hint returns what to say of an answer that does not match the pattern.
func Hint(q dialog.Question) string {
	if q.Hint != "" {
		return q.Hint
	}
	return q.Words.NoMatch
}

// Line returns s as one line: line breaks, tabs and other control characters
// become spaces.
func Line(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	}), " ")
}

// Wrap breaks the lines of s that have more than width characters, between
// words where there is one, for windows that do not wrap by themselves.
func Wrap(s string, width int) string {
	var wrapped []string
	for line := range strings.SplitSeq(s, "\n") {
		rest := []rune(line)
		for len(rest) > width {
			at, next := width, width
			for i := width; i > 0; i-- {
				if rest[i] == ' ' {
					at, next = i, i+1
					break
				}
			}
			wrapped = append(wrapped, string(rest[:at]))
			rest = rest[next:]
		}
		wrapped = append(wrapped, string(rest))
	}
	return strings.Join(wrapped, "\n")
}

// Fits reports whether s, wrapped to width characters, has no more than the
// given number of lines, and so finds room in a window that cannot scroll.
func Fits(s string, width, lines int) bool {
	return strings.Count(Wrap(s, width), "\n") < lines
}

// join joins the parts that are not empty.
func join(separator string, parts ...string) string {
	present := parts[:0:0]
	for _, part := range parts {
		if strings.TrimSpace(part) != "" {
			present = append(present, part)
		}
	}
	return strings.Join(present, separator)
}

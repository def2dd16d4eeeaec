package conformance

import (
	"fmt"
	"io"
	"strings"
)

// TAP writes results as the Test Anything Protocol, version 14, has them. What
// was seen follows a "not ok" as comments.
type TAP struct {
	W io.Writer

	n   int
	err error
}

// Plan implements Progress.
func (t *TAP) Plan(n int) { t.print("TAP version 14\n1..%d\n", n) }

// Result implements Progress.
func (t *TAP) Result(r Result) {
	t.n++
	verdict, directive := "ok", ""
	switch {
	case r.Skip != "":
		directive = " # SKIP " + r.Skip
	case r.Known:
		verdict, directive = "not ok", " # TODO known"
	case !r.OK():
		verdict = "not ok"
	}
	t.print("%s %d - section %s: %s%s\n", verdict, t.n, r.ID, escape(r.Must), directive)
	for _, problem := range r.Problems {
		t.print("# %s\n", strings.ReplaceAll(strings.TrimSpace(problem), "\n", "\n#   "))
	}
}

// Err is the first error of writing.
func (t *TAP) Err() error { return t.err }

func (t *TAP) print(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.W, format, args...)
	}
}

// escape keeps a description from being read as a directive.
func escape(description string) string { return strings.ReplaceAll(description, "#", `\#`) }

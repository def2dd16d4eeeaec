package child

import (
	"bytes"
	"strings"
	"sync"
	"unicode"
)

// line keeps the first line that is written to it and discards the rest, so
// that a child never blocks on its output nor fills our memory.
type line struct {
	given   chan struct{} // closed when take has something to say
	tooLong chan struct{} // closed when the line is longer than MaxLine

	mu   sync.Mutex // guards data and done
	data []byte
	done bool
	err  error
}

func newLine() *line {
	return &line{given: make(chan struct{}), tooLong: make(chan struct{})}
}

func (l *line) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return len(p), nil
	}
	first, _, whole := bytes.Cut(p, []byte("\n"))
	if len(l.data)+len(first) > MaxLine {
		l.data = nil
		close(l.tooLong)
		l.finish(ErrTooLong)
		return len(p), nil
	}
	l.data = append(l.data, first...)
	if whole {
		l.finish(nil)
	}
	return len(p), nil
}

// end is called when nothing more will be written. A last line without a
// newline counts.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return
	}
	if len(bytes.TrimSpace(l.data)) == 0 {
		l.finish(ErrNoLine)
	} else {
		l.finish(nil)
	}
}

func (l *line) finish(err error) {
	l.done, l.err = true, err
	close(l.given)
}

func (l *line) take() ([]byte, error) {
	<-l.given
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.TrimSuffix(l.data, []byte("\r")), l.err
}

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex // guards data
	data []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p[max(0, len(p)-maxTail):]...)
	t.data = append(t.data[:0], t.data[max(0, len(t.data)-maxTail):]...)
	return len(p), nil
}

// String returns it as it goes into an error.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return OneLine(string(t.data))
}

// OneLine returns what a child wrote in a form that fits into any store and on
// any terminal: on one line, with white space for control characters. (What
// Windows programs write in UTF-16 has a NUL after each letter, which no
// registry value can hold.)
func OneLine(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "?"), "\x00", "")
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

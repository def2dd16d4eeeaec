//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/deskbell/deskbell/internal/dialog"
)

// maxLine bounds a line of standard input, in bytes.
const maxLine = 4 << 20

// line is a question as it was read, or what was wrong with it.
type line struct {
	question dialog.Question
	err      error
}

// read reads questions until the end of the file, on a goroutine that ends
// with the program; then the channel is closed. Empty lines are passed over.
func read(r io.Reader) <-chan line {
	lines := make(chan line)
	go func() {
		defer close(lines)
		s := bufio.NewScanner(r)
		s.Buffer(make([]byte, 0, 64<<10), maxLine)
		for s.Scan() {
			if len(s.Bytes()) == 0 {
				continue
			}
			var l line
			if err := json.Unmarshal(s.Bytes(), &l.question); err != nil {
				l.err = fmt.Errorf("read the question: %w", err)
			} else if l.question.Host > hostVersion {
				l.err = fmt.Errorf("read the question: it is of version %d of the dialog host page, this host knows %d", l.question.Host, hostVersion)
			}
			lines <- l
		}
		if err := s.Err(); err != nil {
			lines <- line{err: fmt.Errorf("read the question: %w", err)}
		}
	}()
	return lines
}

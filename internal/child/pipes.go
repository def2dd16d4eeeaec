package child

import (
	"io"
	"os"
	"os/exec"
)

// pipes are those to the standard input, output and error of a child, each with an
// end of ours and one of the child's.
type pipes struct{ ours, theirs [3]*os.File }

// open makes them the streams of cmd.
func (p *pipes) open(cmd *exec.Cmd) error {
	for i := range p.ours {
		r, w, err := os.Pipe()
		if err != nil {
			p.closeOurs()
			p.closeTheirs()
			return err
		}
		if p.ours[i], p.theirs[i] = r, w; i == 0 {
			p.ours[i], p.theirs[i] = w, r
		}
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.theirs[0], p.theirs[1], p.theirs[2]
	return nil
}

// read has what the child writes written to output and errors, and returns what is
// closed when both have ended.
func (p *pipes) read(output, errors io.Writer) <-chan struct{} {
	first, both := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(first)
		_, _ = io.Copy(output, p.ours[1]) // its end tells
	}()
	go func() {
		defer close(both)
		_, _ = io.Copy(errors, p.ours[2]) // likewise
		<-first
	}()
	return both
}

// closeOurs ends what is still being read, too.
func (p *pipes) closeOurs() { closeAll(p.ours) }

func (p *pipes) closeTheirs() { closeAll(p.theirs) }

func closeAll(files [3]*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close() // it may be closed already
		}
	}
}

package processor

import (
	"errors"
	"io"
	"os"
)

// placeProgram copies a program: another name of one that runs cannot be
// removed.
func placeProgram(program, to string) error {
	source, err := os.Open(program)
	if err != nil {
		return err
	}
	defer source.Close()
	copied, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(copied, source)
	return errors.Join(err, copied.Close())
}

package file

import (
	"errors"
	"os"
)

// Unnamed makes a file in the directory for temporary files, open to be read and
// written, that is gone when its last user closes it: who is given it as an
// output may have it longer than we do. The error is that of the file system.
func Unnamed() (*os.File, error) {
	file, err := os.CreateTemp("", "deskbell-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// Package file writes files that are read while they are written, and makes
// files that nobody has to remove.
package file

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Replace makes the file at path hold what write writes, whole or not at all:
// beside it, on the disk, and then renamed, which replaces a link and does not
// follow it. The file is its owner's alone to read, unless write changes that.
// The error is that of write or of the file system. It blocks as long as the
// disk does.
func Replace(path string, write func(*os.File) error) error {
	return ReplaceBy(path, os.Rename, write)
}

// ReplaceBy is Replace where to put the file in its place takes more than a
// rename.
func ReplaceBy(path string, rename func(from, to string) error, write func(*os.File) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".deskbell-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	err = write(file)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return rename(file.Name(), path)
}

// ReplaceText is Replace with a text, for those to read who may by mode.
func ReplaceText(path, text string, mode os.FileMode) error {
	return Replace(path, func(file *os.File) error {
		if _, err := io.Copy(file, strings.NewReader(text)); err != nil {
			return err
		}
		return file.Chmod(mode)
	})
}

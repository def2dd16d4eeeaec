package logging

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// MaxFile is how large a log file becomes, in bytes, before it is renamed.
const MaxFile = 1 << 20

// errFull says that a log file cannot be renamed and is too large already.
var errFull = errors.New("the log is full")

// File is a log in a file that CMTrace opens. Several processes may append to
// one. When it is larger than Max it becomes the one old file beside it, with
// lo_ at the end of its name as Configuration Manager has it.
type File struct {
	Path      string
	Component string // what CMTrace shows as such, the queue
	Max       int64  // bytes, 0 = MaxFile
}

func (f *File) max() int64 {
	if f.Max > 0 {
		return f.Max
	}
	return MaxFile
}

// Old is the path of the old file.
func (f *File) Old() string { return strings.TrimSuffix(f.Path, filepath.Ext(f.Path)) + ".lo_" }

// Write appends an entry. The file is open only meanwhile, so that any process
// may rename it; entries are few. It never waits for another process. Two
// files of twice Max are the most there can be.
func (f *File) Write(e Entry) error {
	line := formatCMTrace(e, f.Component, os.Getpid())
	file, size, err := f.open()
	if err == nil && size+int64(len(line)) > f.max() {
		full := size+int64(len(line)) > 2*f.max()
		err = file.Close()
		if rotated := f.rotate(); err == nil && full {
			err = rotated // somebody keeps it from being renamed
		}
		if err == nil {
			file, _, err = f.open()
		}
	}
	if err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	_, err = file.WriteString(line) // one write, which O_APPEND makes whole
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

// open opens the file to append, and makes it and its folder where they are
// not there, for the user alone. A link or anything but a file is refused.
func (f *File) open() (*os.File, int64, error) {
	file, err := openAppend(f.Path)
	if errors.Is(err, os.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(f.Path), 0o700); err == nil {
			file, err = openAppend(f.Path)
		}
	}
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &os.PathError{Op: "open", Path: f.Path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// rotate makes the file the old one, unless another process is at it. Of two
// that find it too large one renames it: the other looks again first.
func (f *File) rotate() (err error) {
	lock, err := openLock(f.Path + ".lock")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // which ends the lock
	if held, err := tryLock(lock); err != nil || !held {
		return errors.Join(err, errFull)
	}
	info, err := os.Lstat(f.Path)
	if err != nil || info.Size() <= f.max()/2 {
		return err
	}
	return os.Rename(f.Path, f.Old())
}

// Close has nothing to do: the file is open only while it is written.
func (f *File) Close() error { return nil }

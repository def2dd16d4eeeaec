package setup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/internal/image"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// folder is where copies of the program are, for one queue: other queues may
// have other versions.
func (i Installation) folder() string {
	_, folder := programFolder()
	if i.Queue == protocol.DefaultQueue {
		return folder
	}
	return filepath.Join(folder, "queues", i.Queue)
}

// inPlace reports whether the program can be started by the service, and by
// users, where it is.
func (i Installation) inPlace() bool {
	return i.Trust(i.Program) == nil && trust.UsersExecute(i.Program) == nil
}

// target is the program that the service and autostart start.
func (i Installation) target() string {
	if i.inPlace() {
		return i.Program
	}
	return filepath.Join(i.folder(), programName)
}

// copies are what is copied, and where to: the program, and beside it the one
// that it needs for its windows, where there is one.
func (i Installation) copies() map[string]string {
	target := filepath.Join(i.folder(), programName)
	copies := map[string]string{i.Program: target}
	for _, beside := range image.Beside(i.Program) {
		copies[beside] = companion(target)
	}
	return copies
}

// program is the copy of the program that administrators alone can change.
func (i Installation) program() thing {
	return thing{
		look: func(context.Context) []Finding {
			var findings []Finding
			for from, to := range i.copies() {
				findings = append(findings, i.lookAtCopy(from, to))
			}
			return findings
		},
		make: func(ctx context.Context) error {
			// Who runs the one of before would not run the new one.
			if err := i.definition().Stop(ctx); err != nil {
				return err
			}
			if err := i.makeFolder(); err != nil {
				return err
			}
			for from, to := range i.copies() {
				if i.lookAtCopy(from, to).State == OK {
					continue
				}
				if err := replace(from, to); err != nil {
					return fmt.Errorf("copy the program: %w", err)
				}
			}
			return nil
		},
		remove: func(context.Context) error { return i.removeCopies() },
		gone:   func(context.Context) []Finding { return i.copiesLeft() },
	}
}

// makeFolder makes the folder of the copies, in which everybody finds them and
// nobody puts anything.
func (i Installation) makeFolder() error {
	if err := os.MkdirAll(i.folder(), 0o755); err != nil {
		return err
	}
	// From the first on, so that nobody can exchange one below it any more.
	folders := i.folders()
	slices.Reverse(folders)
	for _, folder := range folders {
		if err := openFolder(folder); err != nil {
			return err
		}
	}
	return i.Trust(i.folder())
}

// folders are the folder of the copies and those above it that are Deskbell's.
func (i Installation) folders() []string {
	var folders []string
	base, _ := programFolder()
	for folder := i.folder(); len(folder) >= len(base); folder = filepath.Dir(folder) {
		folders = append(folders, folder)
	}
	return folders
}

func (i Installation) lookAtCopy(from, to string) Finding {
	same, err := sameContent(from, to)
	f := finding("program", to, err)
	switch {
	case f.State == Missing:
	case err != nil:
		f.State = Failed
	case !same:
		f.State, f.Problem = Different, "it is not this program"
	default:
		if err := errors.Join(i.Trust(to), trust.UsersExecute(to)); err != nil {
			f.State, f.Problem = Different, err.Error()
		}
	}
	return f
}

// sameContent compares two files; the error is that of the second.
func sameContent(a, b string) (bool, error) {
	second, err := digest(b)
	if err != nil {
		return false, err
	}
	first, err := digest(a)
	return bytes.Equal(first, second), err
}

func digest(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	return hash.Sum(nil), errors.Join(err, file.Close())
}

// replace copies a file into a place, whole or not at all.
func replace(from, to string) error {
	source, err := openProgram(from)
	if err != nil {
		return err
	}
	defer source.Close()
	return file.ReplaceBy(to, exchange, func(f *os.File) error {
		if _, err := io.Copy(f, source); err != nil {
			return err
		}
		return forEverybody(f)
	})
}

// known are the files that may be in the folder of the copies.
func (i Installation) known() []string {
	target := filepath.Join(i.folder(), programName)
	return []string{target, companion(target)}
}

// removeCopies removes the files, and the folders that are empty then.
func (i Installation) removeCopies() error {
	for _, path := range i.known() {
		if err := discard(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, folder := range i.folders() {
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil || len(entries) > 0 {
			return err
		}
		if err := os.Remove(folder); err != nil {
			return err
		}
	}
	return nil
}

// copiesLeft are the copies that are there.
func (i Installation) copiesLeft() []Finding {
	var left []Finding
	for _, path := range i.known() {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			f := finding("program", path, err)
			if err == nil && discarded(path) {
				f.State, f.Problem = Note, "it runs, and goes when the computer is restarted"
			}
			left = append(left, f)
		}
	}
	return left
}

// imagesForUsers are the copies that were made to be started in the sessions of
// users. All queues have them in common.
func (i Installation) imagesForUsers() thing {
	return thing{
		remove: func(context.Context) error { return image.Remove() },
		gone: func(context.Context) []Finding {
			if i.othersInstalled() {
				return nil
			}
			copies, err := image.Copies()
			var left []Finding
			if err != nil {
				left = append(left, finding("program for users", "", err))
			}
			for _, path := range copies {
				left = append(left, Finding{What: "program for users", Place: path, State: OK})
			}
			return left
		},
	}
}

// othersInstalled reports whether other queues are installed.
func (i Installation) othersInstalled() bool {
	queues, err := mailbox.Queues()
	return err != nil || slices.ContainsFunc(queues, func(queue string) bool { return queue != i.Queue })
}

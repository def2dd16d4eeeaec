package image

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A store is where copies are kept, and how it is told what is good: the
// system's, or that of a test.
type store struct {
	roots   []string // folders for copies, the best first
	admin   bool     // the caller may make copies
	trusted func(path string) error
	runs    func(path string) error // users can read and execute it
	open    func(self string) (*os.File, error)
	running func() ([]string, error) // the programs that run, by path
	now     func() time.Time
}

// A part is one file of a copy.
type part struct {
	name string
	from string
	sum  [sha256.Size]byte
}

// good returns nil if a program may be run by users as it lies there.
func (s *store) good(path string) error {
	if err := s.trusted(path); err != nil {
		return err
	}
	return s.runs(path)
}

func (s *store) ready(self string) (string, error) {
	why := s.good(self)
	if why == nil {
		if twin := withoutConsole(self); twin != self && s.good(twin) == nil {
			return twin, nil
		}
		return self, nil
	}
	parts, start, err := s.parts(self)
	if err != nil {
		return "", err
	}
	for _, root := range s.roots {
		if copied := filepath.Join(root, name(parts)); s.verify(copied, parts) == nil {
			// For Sweep. Who may not write there will not sweep there either.
			_ = os.Chtimes(copied, s.now(), s.now())
			return filepath.Join(copied, start), nil
		}
	}
	if !s.admin {
		return "", fmt.Errorf("%w; a copy for users can be made by administrators only: %w", why, fs.ErrPermission)
	}
	var errs []error
	for _, root := range s.roots {
		copied, err := s.copy(root, self, parts)
		if err == nil {
			return filepath.Join(copied, start), nil
		}
		errs = append(errs, err)
	}
	return "", fmt.Errorf("make a copy of this program for users: %w", errors.Join(errs...))
}

// parts are what a copy has: this program and those beside it that it needs, as
// far as they are from whoever put this program there. start is the one to be
// started.
func (s *store) parts(self string) (parts []part, start string, err error) {
	start = filepath.Base(self)
	parts = []part{{name: start, from: self}}
	for _, beside := range companions(self) {
		if !sameHand(self, beside) {
			continue
		}
		parts = append(parts, part{name: filepath.Base(beside), from: beside})
		if beside == withoutConsole(self) {
			start = filepath.Base(beside)
		}
	}
	for i := range parts {
		from, err := s.source(parts[i], self)
		if err != nil {
			return nil, "", err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, from)
		if err := errors.Join(err, from.Close()); err != nil {
			return nil, "", fmt.Errorf("read this program: %w", err)
		}
		sum.Sum(parts[i].sum[:0])
	}
	return parts, start, nil
}

func (s *store) source(p part, self string) (*os.File, error) {
	if p.from == self {
		return s.open(self)
	}
	return os.Open(p.from)
}

// name is the folder of a copy: a sum over what is in it.
func name(parts []part) string {
	sum := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(sum, "%s\x00%x\n", p.name, p.sum)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// verify compares what lies in a folder to what should.
func (s *store) verify(dir string, parts []part) error {
	for _, p := range parts {
		path := filepath.Join(dir, p.name)
		if err := s.good(path); err != nil {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
		if [sha256.Size]byte(sum.Sum(nil)) != p.sum {
			return fmt.Errorf("%s is not what was copied", path)
		}
	}
	return nil
}

// Names in a store besides those of copies.
const (
	making = ".making-"
	gone   = ".gone-"
)

// copy makes a copy below root, whole or not at all, and looks at what is there
// then. It is others' to see only when it is complete.
func (s *store) copy(root, self string, parts []part) (copied string, err error) {
	if err := makeFolders(root); err != nil {
		return "", err
	}
	if err := s.trusted(root); err != nil {
		return "", err
	}
	work := filepath.Join(root, making+rand.Text())
	if err := makeFolder(work); err != nil {
		return "", fmt.Errorf("make a folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, remove(work))
		}
	}()
	for _, p := range parts {
		if err := s.copyPart(p, self, work); err != nil {
			return "", err
		}
	}
	if err := syncFolder(work); err != nil {
		return "", err
	}
	if err := s.verify(work, parts); err != nil {
		return "", err
	}
	copied = filepath.Join(root, name(parts))
	err = os.Rename(work, copied)
	if err != nil && s.verify(copied, parts) == nil {
		return copied, remove(work) // somebody else was faster
	}
	if err != nil { // what is there is not good: it makes room
		away := os.Rename(copied, filepath.Join(root, gone+rand.Text()))
		if away == nil {
			err = os.Rename(work, copied)
		} else if !errors.Is(away, fs.ErrNotExist) {
			err = errors.Join(err, away)
		}
	}
	if err != nil {
		return "", fmt.Errorf("put the copy in its place: %w", err)
	}
	if err := syncFolder(root); err != nil {
		return "", err
	}
	return copied, s.verify(copied, parts)
}

func (s *store) copyPart(p part, self, dir string) error {
	from, err := s.source(p, self)
	if err != nil {
		return fmt.Errorf("read this program: %w", err)
	}
	defer from.Close()
	to, err := makeFile(filepath.Join(dir, p.name))
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err == nil {
		err = to.Sync()
	}
	if err := errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("copy this program: %w", err)
	}
	return nil
}

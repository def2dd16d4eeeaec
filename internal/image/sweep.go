package image

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// keep is for how long a copy stays that nobody uses.
const keep = 24 * time.Hour

// sweep takes a copy away by its name first, so that nobody starts it while it
// is being removed.
func (s *store) sweep(self string) error {
	var running []string
	var errs []error
	for _, root := range s.roots {
		if s.trusted(root) != nil {
			continue // not there, or not ours to remove from
		}
		entries, err := os.ReadDir(root)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, e := range entries {
			dir := filepath.Join(root, e.Name())
			if !s.old(e) || within(self, dir) {
				continue
			}
			if running == nil {
				if running, err = s.running(); err != nil {
					return fmt.Errorf("see which copies are used: %w", err)
				}
			}
			if used(running, dir) {
				continue
			}
			if !strings.HasPrefix(e.Name(), gone) {
				away := filepath.Join(root, gone+rand.Text())
				if err := os.Rename(dir, away); err != nil {
					errs = append(errs, err)
					continue
				}
				dir = away
			}
			errs = append(errs, remove(dir))
		}
	}
	return errors.Join(errs...)
}

// old reports whether this is a copy, or part of one, that nobody has wanted
// for a day.
func (s *store) old(e fs.DirEntry) bool {
	if !e.IsDir() || !isCopy(e.Name()) && !strings.HasPrefix(e.Name(), making) && !strings.HasPrefix(e.Name(), gone) {
		return false
	}
	info, err := e.Info()
	return err == nil && s.now().Sub(info.ModTime()) > keep
}

func isCopy(name string) bool {
	return len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

func used(running []string, dir string) bool {
	for _, path := range running {
		if within(path, dir) {
			return true
		}
	}
	return false
}

// remove removes a folder with files in it, and nothing below those.
func remove(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return os.Remove(dir)
}

// makeFolders makes a folder, and those above it that are missing.
func makeFolders(dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := makeFolders(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := makeFolder(dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make a folder: %w", err)
	}
	return nil
}

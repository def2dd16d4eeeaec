package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Beside returns the programs beside self that it needs, as far as they are
// there and from whoever put self there.
func Beside(self string) []string {
	var beside []string
	for _, path := range companions(self) {
		if sameHand(self, path) {
			beside = append(beside, path)
		}
	}
	return beside
}

// Copies returns the folders of all copies that there are.
func Copies() ([]string, error) {
	s, err := system()
	if err != nil {
		return nil, err
	}
	return s.copies()
}

// Remove removes all copies, whoever runs them, and the folders that are empty
// then. It is for administrators, when Deskbell goes: Windows removes no program
// that runs.
func Remove() error {
	s, err := system()
	if err != nil {
		return err
	}
	return s.removeAll()
}

func (s *store) copies() ([]string, error) {
	var all []string
	for _, root := range s.roots {
		entries, err := os.ReadDir(root)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, fmt.Errorf("list the copies for users: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() && (isCopy(e.Name()) || strings.HasPrefix(e.Name(), making) || strings.HasPrefix(e.Name(), gone)) {
				all = append(all, filepath.Join(root, e.Name()))
			}
		}
	}
	return all, nil
}

func (s *store) removeAll() error {
	all, err := s.copies()
	errs := []error{err}
	for _, dir := range all {
		if err := s.trusted(filepath.Dir(dir)); err != nil {
			errs = append(errs, err) // what is there may be another's, or a link
			continue
		}
		errs = append(errs, remove(dir))
	}
	for _, root := range s.roots {
		for _, folder := range []string{root, filepath.Dir(root)} {
			if entries, err := os.ReadDir(folder); err == nil && len(entries) == 0 {
				errs = append(errs, os.Remove(folder))
			}
		}
	}
	return errors.Join(errs...)
}

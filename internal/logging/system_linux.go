package logging

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

func system(queue string) (Sink, error) { return openSystem(queue, journalSocket) }

func openSystem(queue, socket string) (Sink, error) {
	journal, err := openJournal(socket)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, fileErr := UserFile(queue)
	switch {
	case journal != nil && fileErr != nil:
		return journal, nil
	case journal != nil:
		return Instead(journal, file), nil
	case fileErr != nil:
		return nil, fileErr
	}
	return file, nil
}

// InSystem reports whether stderr goes to the journal already.
func InSystem() bool { return inJournal(os.Stderr, os.Getenv("JOURNAL_STREAM")) }

// stateDir is Deskbell's folder for state (XDG Base Directory Specification:
// a relative path does not count).
func stateDir() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the folder for the log: %w", err)
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "deskbell"), nil
}

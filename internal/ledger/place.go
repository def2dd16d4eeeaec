package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/deskbell/deskbell/protocol"
)

// Place is where a ledger is. Nothing is made before it is written.
type Place struct {
	queue string
	base  string // folder that is there, or made for whoever needs one like it
	below []string
	// shared says that it is the administrator's: nobody else may read it, and
	// what leads to it is looked at.
	shared bool
}

// extension of the file of a ledger.
const extension = ".db"

// damaged is at the end of the name of one that could not be read.
const damaged = ".damaged"

// Administrators is the ledger of a queue for the computer. The error wraps
// fs.ErrNotExist where there is none: with a user mailbox in a place of its own
// and no state directory beside it.
func Administrators(queue string) (Place, error) {
	queue, err := protocol.ParseQueue(queue)
	if err != nil {
		return Place{}, err
	}
	base, below, err := sharedFolder()
	if err != nil {
		return Place{}, fmt.Errorf("find the ledger of the computer: %w", err)
	}
	return Place{queue: queue, base: base, below: below, shared: true}, nil
}

// Own is the ledger of a queue for the user who calls.
func Own(queue string) (Place, error) {
	queue, err := protocol.ParseQueue(queue)
	if err != nil {
		return Place{}, err
	}
	base, below, err := ownFolder(queue)
	if err != nil {
		return Place{}, fmt.Errorf("find the user's ledger: %w", err)
	}
	return Place{queue: queue, base: base, below: below}, nil
}

// Path is the file of the ledger.
func (p Place) Path() string { return filepath.Join(p.folder(), p.queue+extension) }

func (p Place) folder() string {
	return filepath.Join(append([]string{p.base}, p.below...)...)
}

// Files are the files of the ledger that are there.
func (p Place) Files() ([]string, error) {
	var files []string
	for _, path := range []string{p.Path(), p.Path() + damaged} {
		_, err := os.Lstat(path)
		switch {
		case err == nil:
			files = append(files, path)
		case !isMissing(err):
			return files, err
		}
	}
	return files, nil
}

// Remove removes the ledger, and the folders of ledgers that are empty then.
func (p Place) Remove() error {
	files, err := p.Files()
	if err != nil {
		return fmt.Errorf("remove the ledger: %w", err)
	}
	if p.shared && len(files) > 0 {
		if err := p.check(); err != nil {
			return fmt.Errorf("remove the ledger: %w", err)
		}
	}
	for _, path := range files {
		if err := os.Remove(path); err != nil && !isMissing(err) {
			return fmt.Errorf("remove the ledger: %w", err)
		}
	}
	for n := len(p.below); n > 0 || n == 0 && p.shared && sharedBase; n-- {
		folder := filepath.Join(append([]string{p.base}, p.below[:n]...)...)
		// One that has something in it stays.
		if os.Remove(folder) != nil {
			break
		}
	}
	return nil
}

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist)
}

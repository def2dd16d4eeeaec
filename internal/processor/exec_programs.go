package processor

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// execLimit is how long a program may take unless Programs say otherwise.
	execLimit = 10 * time.Minute
	// execAtOnce is how many programs run at a time; other messages wait for
	// their turn.
	execAtOnce = 8
	// maxPrograms is how many files of a folder are looked at.
	maxPrograms = 1000
)

// Programs are the processors of a queue that are programs.
type Programs struct {
	Queue string
	// User is who put the messages, as the mailbox proves it; the programs are
	// told.
	User string
	// Folders are where the programs are; nil = those of the administrator.
	// The first that has one counts.
	Folders []string
	// Trusted says why a program must not be started; nil = trust.AdminsOnly.
	Trusted func(path string) error
	Limit   time.Duration // for one message; 0 = 10 minutes
}

// Processors returns a processor for each program that is there now. They
// share their number at a time. The program is looked for, and judged, again
// at each start. The error is about folders that cannot be read; what was found
// in others is returned with it.
func (p Programs) Processors() (map[string]Processor, error) {
	found := map[string]Processor{}
	queue, err := protocol.ParseQueue(p.Queue)
	if err != nil {
		return found, err
	}
	p.Queue, p.Limit = queue, cmp.Or(p.Limit, execLimit)
	if p.Trusted == nil {
		p.Trusted = trust.AdminsOnly
	}
	if p.Folders == nil {
		if p.Folders, err = programFolders(p.Queue); err != nil {
			return found, err
		}
	}
	turns := make(chan struct{}, execAtOnce)
	var problems []error
	for _, folder := range p.Folders {
		entries, err := list(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("look for processors: %w", err))
		}
		for _, entry := range entries {
			kind, ok := kindOf(entry)
			if ok && isKind(kind) && !isOwn(kind) {
				found[kind] = Exec{kind, p, turns}
			}
		}
	}
	return found, errors.Join(problems...)
}

func list(folder string) ([]fs.DirEntry, error) {
	dir, err := os.OpenFile(folder, os.O_RDONLY|openFolder, 0)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(maxPrograms)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return entries, err
}

// find returns the path of the program for the kind, if nobody but an
// administrator can change what it means. A program that must not be started
// hides those of the same name in later folders.
func (p Programs) find(kind string) (string, error) {
	for _, folder := range p.Folders {
		path := filepath.Join(folder, kind+programSuffix)
		// A folder with no such program need not be trusted: /usr/local is a
		// link on some systems.
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return path, p.Trusted(path)
	}
	return "", fs.ErrNotExist
}

// isKind reports whether a file of that name can stand for a kind: a name like
// that of a message, never a path.
func isKind(name string) bool {
	folded, err := protocol.ParseID(name)
	return err == nil && folded == name
}

// isOwn reports whether the kind is one of Deskbell's, which no program
// replaces.
func isOwn(kind string) bool {
	switch kind {
	case protocol.KindPopup, protocol.KindInput, protocol.KindChoose, protocol.KindNotify, protocol.KindProgress, protocol.KindControl:
		return true
	}
	return false
}

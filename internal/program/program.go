// Package program finds the programs that people have open, and closes them: by
// asking politely, as their own close button does, or by force.
package program

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/process"
)

// Program is a running program.
type Program struct {
	process.ID
	Name    string // for people, as the program calls itself; else that of its file
	Image   string // path of its file
	Args    []string
	UID     string // whose it is: SID on Windows, decimal uid on Linux
	Session string // the session's number on Windows; "" on Linux
	// OfPerson tells that somebody has it open, and that it is no service: on Windows
	// it is in a session of people; on Linux it was started in one, or by the user's
	// own service manager (its control group), or knows a display.
	OfPerson bool
	// Elevated tells that it has more rights than the person's other programs,
	// who has to close it himself.
	Elevated bool
}

// Patterns say which programs are meant.
type Patterns []string

// Parse reads what --close has: the name of a program's file, on Windows with or
// without .exe, its path, or a pattern of path/filepath.Match for one of these. On
// Windows case is nothing.
func Parse(patterns []string) (Patterns, error) {
	var parsed Patterns
	for _, p := range patterns {
		p = fold(p)
		if _, err := filepath.Match(p, ""); err != nil || p == "" {
			return nil, fmt.Errorf("%q is no name, path or pattern of a program", p)
		}
		parsed = append(parsed, p)
	}
	return parsed, nil
}

// match reports whether one of the names, paths or not, is meant.
func (p Patterns) match(names ...string) bool {
	for _, pattern := range p {
		for _, name := range names {
			if !strings.ContainsRune(pattern, filepath.Separator) {
				name = filepath.Base(name)
			}
			if ok, err := filepath.Match(pattern, fold(name)); ok && err == nil {
				return true
			}
		}
	}
	return false
}

// List returns the running programs that are meant, without this process. Of a
// program that cannot be looked at nothing is known, and it is left out.
func (p Patterns) List() ([]Program, error) {
	programs, err := p.list()
	if err != nil {
		return nil, fmt.Errorf("list the running programs: %w", err)
	}
	return programs, nil
}

// ErrNoWindow tells that a program has no window that could be closed.
var ErrNoWindow = errors.New("it has no window to close")

// Close asks the program to close, as a person does (WM_CLOSE to its windows) or
// as the system does (SIGTERM): it may ask what is to be saved, or refuse. No error
// where it has ended. It does not wait for the end.
//
// On Windows a program is asked from its own session alone, and one with more
// rights than ours not at all.
func Close(p Program) error {
	if err := closePolitely(p); err != nil {
		return fmt.Errorf("close %s (process %d): %w", p.Image, p.Pid, err)
	}
	return nil
}

// End ends the program by force, with what has not been saved in it, and waits
// for that for at most some seconds. No error where it has ended.
func End(ctx context.Context, p Program) error {
	err := p.ID.End(func(about process.About) error {
		if about.UID != p.UID {
			return fmt.Errorf("it is %s's by now", about.UID)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("end %s: %w", p.Image, err)
	}
	const enough = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, enough)
	defer cancel()
	return process.Wait(ctx, p.ID)
}

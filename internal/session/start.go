package session

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	processes "github.com/deskbell/deskbell/internal/process"
)

// Program is what to start in somebody's session. Whoever starts it there for
// another has to know that nobody but administrators can change Path
// (internal/image).
type Program struct {
	Path string   // absolute
	Args []string // without the program's own name
	Env  []string // NAME=value, added to what the person's programs have
}

// Start starts a program in the session as the person whose it is, with no
// more rights than his programs have there, none of the caller's handles and
// no console window. It returns when the program runs, and which process it is:
// the zero ID where that cannot be found out, or where it has ended meanwhile.
// It blocks for as long as the system takes, half a minute at most, and gives up
// when ctx is done. The error is a *StartError, or ctx's.
//
// Of the session its ID and UID are used; on Linux without logind the UID is
// enough.
//
// Root and SYSTEM start it for anybody, other administrators of Windows by the
// task scheduler, everybody else for himself.
func Start(ctx context.Context, s Session, p Program) (processes.ID, error) {
	if err := p.check(); err != nil {
		return processes.ID{}, &StartError{Reason: StartFailed, Session: s, Path: p.Path, Err: err}
	}
	return start(ctx, s, p)
}

// Direct reports whether Start can start a program for anybody without a
// detour: root and SYSTEM can.
func Direct() bool { return direct() }

// Hidden reports whether this process cannot see the place where a user's
// programs meet, because its own sandbox hides that from it, and so cannot
// tell whether anybody is there. There is nothing of the kind in Windows.
func Hidden(uid string) bool { return hidden(uid) }

func (p Program) check() error {
	if !filepath.IsAbs(p.Path) {
		return fmt.Errorf("%q is not an absolute path", p.Path)
	}
	for _, text := range append(append([]string{p.Path}, p.Args...), p.Env...) {
		if strings.ContainsRune(text, 0) {
			return fmt.Errorf("%q has a NUL in it", text)
		}
	}
	for _, v := range p.Env {
		if name, _, ok := strings.Cut(v, "="); !ok || name == "" {
			return fmt.Errorf("%q is not NAME=value", v)
		}
	}
	return nil
}

// StartReason tells apart why a program could not be started in a session.
type StartReason string

// Reasons of a StartError.
const (
	// StartNotPermitted: the caller may not start programs for that person.
	StartNotPermitted StartReason = "not permitted"
	// StartHidden: the caller's own sandbox hides the person's directory.
	StartHidden StartReason = "hidden"
	// StartNoSession: the session has ended, or nobody is in it.
	StartNoSession StartReason = "no session"
	// StartNoDisplay: the session has no display to open a window on.
	StartNoDisplay StartReason = "no display"
	// StartNotExecutable: the person may not execute the program.
	StartNotExecutable StartReason = "not executable"
	// StartRestricted: a software restriction policy or AppLocker forbids it.
	StartRestricted StartReason = "software restriction"
	// StartIntegrity: application control (WDAC, Smart App Control) forbids it.
	StartIntegrity StartReason = "application control"
	// StartRefused: it would have run as another person or with more rights
	// than the person's programs have.
	StartRefused StartReason = "refused"
	// StartFailed is everything else.
	StartFailed StartReason = "failed"
)

// StartError says why a program was not started in a session. It wraps what the
// system said.
type StartError struct {
	Reason  StartReason
	Session Session
	Path    string // the program
	Err     error

	hint string // in place of the reason's
}

func (e *StartError) Error() string {
	whose := e.Session.User
	if whose == "" {
		whose = "user " + e.Session.UID
	}
	return fmt.Sprintf("start a program in session %s of %s: %v", e.Session.ID, whose, e.Err)
}

func (e *StartError) Unwrap() error { return e.Err }

// Hint says in one line what to do about it, "" where there is nothing that
// would always help.
func (e *StartError) Hint() string {
	if e.hint != "" {
		return e.hint
	}
	switch e.Reason {
	case StartNotPermitted:
		return notPermittedHint
	case StartHidden:
		return "let the unit see /run/user: ProtectHome=no with InaccessiblePaths=/home /root in place of ProtectHome=yes"
	case StartNoSession:
		return "the person has logged off; ask again when somebody is logged on"
	case StartNoDisplay:
		return "start `deskbell monitor` in that session by hand or with `deskbell autostart`"
	case StartNotExecutable:
		return fmt.Sprintf("let users read and execute %s and every folder on the way to it", e.Path)
	case StartRestricted:
		return fmt.Sprintf("allow %s in the software restriction policy or AppLocker rules, by its path or publisher", e.Path)
	case StartIntegrity:
		return fmt.Sprintf("allow %s in the application control policy, by its hash or publisher", e.Path)
	case StartRefused, StartFailed:
	}
	return ""
}

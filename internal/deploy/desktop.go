package deploy

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"

	"github.com/deskbell/deskbell/internal/program"
	"github.com/deskbell/deskbell/internal/session"
)

// Desktop are the programs that people have open on this computer: those of the
// caller's own session, and of everybody else's who is logged on. What nobody has
// open, such as a service, is none of them.
type Desktop struct {
	Patterns program.Patterns
	// Folders are those of which programs that use files there are meant, too.
	Folders []string
	Log     *slog.Logger
	// Image returns a deskbell that everybody may run; see CloseIn.
	Image func() (string, error)
}

// CloseIn is the hidden command of deskbell that closes programs in the session
// that it is started in. Its arguments are numbers of processes and when they were
// started, "PID:STARTED".
const CloseIn = "close-programs"

// List implements Programs.
func (d Desktop) List(ctx context.Context) ([]Owned, error) {
	programs, err := d.Patterns.List()
	for _, dir := range d.Folders {
		if err != nil {
			break
		}
		var using []program.Program
		using, err = program.Using(dir)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // nothing is installed there yet
		}
		for _, p := range using {
			if !slices.ContainsFunc(programs, func(other program.Program) bool { return other.ID == p.ID }) {
				programs = append(programs, p)
			}
		}
	}
	if err != nil || len(programs) == 0 {
		return nil, err
	}
	sessions, err := session.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("find who has programs open: %w", err)
	}
	own := session.Interactive()
	var owned []Owned
	for _, p := range programs {
		if !p.OfPerson {
			continue
		}
		i := slices.IndexFunc(sessions, func(s session.Session) bool { return isIn(p, s) })
		switch {
		case own && isIn(p, ownSession()):
			owned = append(owned, Owned{Program: p})
		case i >= 0:
			owned = append(owned, Owned{p, sessions[i]})
		}
	}
	return owned, nil
}

// ownSession is the caller's own, as far as isIn and session.Start want to know.
func ownSession() session.Session {
	return session.Session{ID: session.Current(), UID: session.UID()}
}

// Close implements Programs. A program that cannot be asked, because it has no
// window, say, is still open then, which says enough.
func (d Desktop) Close(ctx context.Context, programs []Owned) error {
	if len(programs) > 0 && programs[0].Session.ID != "" && closesInSession {
		return d.closeIn(ctx, programs)
	}
	for _, p := range programs {
		if err := program.Close(p.Program); err != nil {
			d.Log.Warn("a program cannot be asked to close", "err", err)
		}
	}
	return nil
}

// closeIn has programs closed by a deskbell in their own session.
func (d Desktop) closeIn(ctx context.Context, programs []Owned) error {
	path, err := d.Image()
	if err != nil {
		return fmt.Errorf("close programs in session %s: %w", programs[0].Session.ID, err)
	}
	args := []string{CloseIn}
	for _, p := range programs {
		args = append(args, fmt.Sprintf("%d:%s", p.Pid, p.Started))
	}
	_, err = session.Start(ctx, programs[0].Session, session.Program{Path: path, Args: args})
	return err
}

// End implements Programs.
func (Desktop) End(ctx context.Context, p Owned) error { return program.End(ctx, p.Program) }

// Start implements Programs: it is started as the person who had it open, with the
// rights that his programs have.
func (Desktop) Start(ctx context.Context, p Owned) error {
	s := p.Session
	if s.ID == "" {
		s = ownSession()
	}
	var args []string
	if len(p.Args) > 0 {
		args = p.Args[1:]
	}
	_, err := session.Start(ctx, s, session.Program{Path: p.Image, Args: args})
	return err
}

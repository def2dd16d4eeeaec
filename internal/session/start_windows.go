package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/windows"

	processes "github.com/deskbell/deskbell/internal/process"
)

const notPermittedHint = "run as SYSTEM or as an administrator, or install the Deskbell service"

func hidden(string) bool { return false }

func start(ctx context.Context, s Session, p Program) (processes.ID, error) {
	if err := ctx.Err(); err != nil {
		return processes.ID{}, err
	}
	id, err := startIn(ctx, s, p)
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return id, err
	}
	var e *StartError
	if !errors.As(err, &e) {
		e = &StartError{Reason: StartFailed, Err: err}
	}
	e.Session, e.Path = s, p.Path
	return processes.ID{}, e
}

func startIn(ctx context.Context, s Session, p Program) (processes.ID, error) {
	number, err := strconv.ParseUint(s.ID, 10, 32)
	if err != nil {
		return processes.ID{}, &StartError{Reason: StartNoSession, Err: fmt.Errorf("%q is not the number of a session", s.ID)}
	}
	if s.UID == "" {
		return processes.ID{}, &StartError{Reason: StartRefused, Err: errors.New("it is not known whose session it is")}
	}
	facts, err := factsOf(windows.GetCurrentProcessToken())
	if err != nil {
		return processes.ID{}, err
	}
	ours := facts.user == s.UID && facts.session == uint32(number)
	if ours && !facts.elevated() && interactive() {
		return launch(0, p, os.Environ())
	}
	token, err := userToken(uint32(number))
	switch {
	case err == nil:
		defer token.Close()
	case !errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD):
		return processes.ID{}, err
	case ours:
		// Whoever has all rights may give a part of them.
		if token, err = ownToken(); err != nil {
			return processes.ID{}, err
		}
		defer token.Close()
	case facts.admin:
		return startByTask(ctx, s, uint32(number), p)
	default:
		return processes.ID{}, &StartError{Reason: StartNotPermitted, Err: err}
	}
	return startAs(token, s, uint32(number), p)
}

// ownToken is that of this process, to be copied.
func ownToken() (token windows.Token, err error) {
	err = windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_QUERY|windows.TOKEN_DUPLICATE, &token)
	if err != nil {
		return 0, fmt.Errorf("open the own token: %w", err)
	}
	return token, nil
}

// userToken is the token of the person in a session, which only the system is
// given.
func userToken(number uint32) (token windows.Token, err error) {
	err = windows.WTSQueryUserToken(number, &token)
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, windows.ERROR_NO_TOKEN), errors.Is(err, windows.ERROR_FILE_NOT_FOUND),
		errors.Is(err, windows.ERROR_CTX_WINSTATION_NOT_FOUND):
		return 0, &StartError{Reason: StartNoSession, Err: fmt.Errorf("ask for the token of the session: %w", err)}
	case errors.Is(err, windows.ERROR_ACCESS_DENIED):
		return 0, &StartError{Reason: StartNotPermitted, Err: fmt.Errorf("ask for the token of the session: %w", err)}
	}
	return 0, fmt.Errorf("ask for the token of the session: %w", err)
}

// startAs starts the program with what is left of a token without an
// administrator's rights, if it is that person's in that session.
func startAs(token windows.Token, s Session, number uint32, p Program) (processes.ID, error) {
	primary, err := unelevated(token)
	if errors.Is(err, errElevated) {
		return processes.ID{}, &StartError{Reason: StartRefused, Err: err}
	}
	if err != nil {
		return processes.ID{}, err
	}
	defer primary.Close()
	facts, err := factsOf(primary)
	if err != nil {
		return processes.ID{}, err
	}
	if facts.user != s.UID || facts.session != number {
		return processes.ID{}, &StartError{Reason: StartRefused, Err: fmt.Errorf("session %d is now that of %s", facts.session, facts.user)}
	}
	env, err := primary.Environ(false)
	if err != nil {
		return processes.ID{}, fmt.Errorf("read the person's environment: %w", err)
	}
	return launch(primary, p, env)
}

// startError tells apart what Windows says when it does not start a program.
func startError(err error) error {
	var code windows.Errno
	if !errors.As(err, &code) {
		return err
	}
	return &StartError{Reason: reasonOf(uint32(code)), Err: err}
}

func sameName(a, b string) bool { return strings.EqualFold(a, b) }

func direct() bool {
	const system = "S-1-5-18"
	return uid() == system
}

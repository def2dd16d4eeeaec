package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	processes "github.com/deskbell/deskbell/internal/process"
)

const notPermittedHint = "run as root, or as that user"

// startLimit is how long the system may take to start a program.
const startLimit = 30 * time.Second

func start(ctx context.Context, s Session, p Program) (processes.ID, error) {
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	id, err := startIn(limited, s, p)
	if err == nil {
		return id, nil
	}
	if ctx.Err() != nil {
		return processes.ID{}, ctx.Err()
	}
	if limited.Err() != nil {
		err = fmt.Errorf("it has not been started within %s: %w", startLimit, err)
	}
	var e *StartError
	if !errors.As(err, &e) {
		e = &StartError{Reason: StartFailed, Err: err}
	}
	e.Session, e.Path = s, p.Path
	return processes.ID{}, e
}

func startIn(ctx context.Context, s Session, p Program) (processes.ID, error) {
	if err := ctx.Err(); err != nil {
		return processes.ID{}, err
	}
	uid, err := strconv.ParseUint(s.UID, 10, 32)
	if err != nil {
		return processes.ID{}, &StartError{Reason: StartRefused, Err: fmt.Errorf("%q is not a user's number", s.UID)}
	}
	own := os.Geteuid()
	if own == int(uid) && isOwn(s) {
		return startAsSelf(p, os.Environ())
	}
	if own != 0 && own != int(uid) {
		return processes.ID{}, &StartError{Reason: StartNotPermitted, Err: errors.New("only root may start programs for another user")}
	}
	if hidden(s.UID) {
		return processes.ID{}, &StartError{
			Reason: StartHidden,
			Err:    fmt.Errorf("the sandbox of this process hides %s", runtimeDirOf(s.UID)),
		}
	}
	manager, err := dialManager(ctx, uint32(uid))
	if err != nil {
		return processes.ID{}, err
	}
	if manager != nil {
		defer manager.close()
		return manager.start(ctx, s, p)
	}
	return startDirectly(ctx, s, uint32(uid), p)
}

// isOwn reports whether the caller is in the session and has its display.
func isOwn(s Session) bool {
	id := recordName(s.ID)
	return interactive() && (identity(os.Getenv) == id || current() == id)
}

func runtimeDirOf(uid string) string { return "/run/user/" + uid }

func exactly(a, b string) bool { return a == b }

// displayVariables are what a program needs to find the person's screen, bus
// and language.
func displayVariable(name string) bool {
	return strings.HasPrefix(name, "LC_") || slices.Contains([]string{
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR",
		"XDG_SESSION_ID", "XDG_SESSION_TYPE", "XDG_SESSION_DESKTOP", "XDG_CURRENT_DESKTOP", "XDG_SEAT", "DESKTOP_SESSION",
		"LANG", "LANGUAGE",
	}, name)
}

// homeVariable are those of a log-on.
func homeVariable(name string) bool {
	return slices.Contains([]string{"HOME", "USER", "LOGNAME", "SHELL", "PATH", "TZ"}, name)
}

// shows reports whether a program with this environment finds a display, or has
// been told to do without (docs: DESKBELL_UI).
func (e *environ) shows() bool { return e.onDisplay() || e.get("DESKBELL_UI") != "" }

func (e *environ) onDisplay() bool { return e.get("DISPLAY") != "" || e.get("WAYLAND_DISPLAY") != "" }

func direct() bool { return os.Geteuid() == 0 }

package session

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"

	processes "github.com/deskbell/deskbell/internal/process"
)

const notPermittedHint = "run as SYSTEM or as an administrator, or install the Deskbell service"

func hidden(string) bool { return false }

func start(ctx context.Context, s Session, p Program) (processes.ID, error) {
	fail := func(reason StartReason, err error) (processes.ID, error) {
		return processes.ID{}, &StartError{Reason: reason, Session: s, Path: p.Path, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return processes.ID{}, err
	}
	if s.ID != current() {
		return fail(StartNotPermitted, errors.ErrUnsupported)
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Dir = filepath.Dir(p.Path)
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW | windows.CREATE_NEW_PROCESS_GROUP}
	if err := cmd.Start(); err != nil {
		return fail(StartFailed, err)
	}
	id, err := processes.Of(cmd.Process.Pid)
	if err := errors.Join(err, cmd.Process.Release()); err != nil {
		return fail(StartFailed, err)
	}
	return id, nil
}

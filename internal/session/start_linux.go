package session

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	processes "github.com/deskbell/deskbell/internal/process"
)

const notPermittedHint = "run as root, or as that user"

func hidden(string) bool { return false }

func start(ctx context.Context, s Session, p Program) (processes.ID, error) {
	fail := func(reason StartReason, err error) (processes.ID, error) {
		return processes.ID{}, &StartError{Reason: reason, Session: s, Path: p.Path, Err: err}
	}
	if err := ctx.Err(); err != nil {
		return processes.ID{}, err
	}
	if s.UID != strconv.Itoa(os.Geteuid()) {
		return fail(StartNotPermitted, errors.ErrUnsupported)
	}
	cmd := exec.Command(p.Path, p.Args...)
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fail(StartFailed, err)
	}
	id, err := processes.Of(cmd.Process.Pid)
	go func() { _ = cmd.Wait() }() // collects it when it ends
	if err != nil {
		return fail(StartFailed, err)
	}
	return id, nil
}

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// grace is how long a command may take to end when it is asked to.
const grace = 10 * time.Second

// group is the process group of a command, so that what it started ends with
// it. A command that may read from a terminal stays in ours, or the terminal
// would stop it.
type group struct{ own bool }

func (g *group) start(command *exec.Cmd) error {
	_, err := unix.IoctlGetTermios(0, unix.TCGETS)
	g.own = err != nil
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: g.own}
	return command.Start()
}

func (g *group) end(command *exec.Cmd, done <-chan struct{}) error {
	target := command.Process.Pid
	if g.own {
		target = -target
	}
	if err := g.signal(target, syscall.SIGTERM); err != nil {
		return err
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return g.signal(target, syscall.SIGKILL)
	}
}

func (g *group) signal(target int, s syscall.Signal) error {
	if err := syscall.Kill(target, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return os.NewSyscallError("kill", err)
	}
	return nil
}

func (g *group) close() error { return nil }

func exitStatusOf(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return state.ExitCode()
}

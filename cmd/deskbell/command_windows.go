package main

import (
	"errors"
	"os"
	"os/exec"

	"golang.org/x/sys/windows"
)

// group is the job object of a command, so that what it started ends with it.
type group struct{ job windows.Handle }

func (g *group) start(command *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return os.NewSyscallError("CreateJobObject", err)
	}
	if err := command.Start(); err != nil {
		return errors.Join(err, windows.CloseHandle(job))
	}
	g.job = job
	err = command.Process.WithHandle(func(handle uintptr) {
		// A command that is over already, or whose job allows no other, is
		// ended alone.
		if windows.AssignProcessToJobObject(job, windows.Handle(handle)) != nil {
			g.job = 0
		}
	})
	if err != nil || g.job == 0 {
		g.job = 0
		return windows.CloseHandle(job)
	}
	return nil
}

// end ends the command and what it started at once: Windows has no way to ask
// that every program understands.
func (g *group) end(command *exec.Cmd, _ <-chan struct{}) error {
	const ended = 1
	var err error
	if g.job != 0 {
		err = os.NewSyscallError("TerminateJobObject", windows.TerminateJobObject(g.job, ended))
	} else if err = command.Process.Kill(); errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return err
}

func (g *group) close() error {
	if g.job == 0 {
		return nil
	}
	return os.NewSyscallError("CloseHandle", windows.CloseHandle(g.job))
}

func exitStatusOf(state *os.ProcessState) int { return state.ExitCode() }

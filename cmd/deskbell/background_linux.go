package main

import (
	"os"
	"os/exec"
	"syscall"
)

// separate puts the process in a session of its own, which no terminal's end
// reaches.
func separate(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// withoutConsole is the program to run where there is to be no console.
func withoutConsole(self string) string { return self }

// noticesOutlastTheirProgram: the desktop keeps them.
const noticesOutlastTheirProgram = true

// again runs this program anew in its own place, with its arguments, streams
// and terminal. It returns only when that fails.
func again() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, os.Args, os.Environ())
}

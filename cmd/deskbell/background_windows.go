package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// separate gives the process no console and a group of its own, which no
// Ctrl-C and no closed console reaches.
func separate(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}

// withoutConsole is deskbellw.exe where it lies beside this program: the same
// without a console, which no console program can be lent a window by.
func withoutConsole(self string) string {
	dir, name := filepath.Split(self)
	if base, ok := strings.CutSuffix(strings.ToLower(name), ".exe"); ok {
		windowed := filepath.Join(dir, base+"w.exe")
		if info, err := os.Stat(windowed); err == nil && info.Mode().IsRegular() {
			return windowed
		}
	}
	return self
}

// noticesOutlastTheirProgram: their icon goes with it.
const noticesOutlastTheirProgram = false

// again starts this program anew with its arguments and streams; this one
// ends.
func again() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.Command(self, os.Args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := command.Start(); err != nil {
		return err
	}
	return command.Process.Release()
}

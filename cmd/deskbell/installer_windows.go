package main

import (
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

// deployStyle is the exit style of "deploy" where none is given.
const deployStyle = styleMSI

// installer is msiexec of the system, whatever the search path says.
func (p msiPackage) installer(log string) (installerCommand, error) {
	line, err := p.line(log)
	if err != nil {
		return installerCommand{}, err
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return installerCommand{}, err
	}
	return installerCommand{path: filepath.Join(system, "msiexec.exe"), args: []string{"msiexec.exe"}, line: line}, nil
}

// rawLine is what stands after -- as it was written: msiexec and others take
// their quotes otherwise than a program's arguments are quoted.
func rawLine() string { return tailOf(windows.UTF16PtrToString(windows.GetCommandLine())) }

// as gives a command its whole command line.
func as(command *exec.Cmd, line string) {
	if line != "" {
		command.SysProcAttr = &syscall.SysProcAttr{CmdLine: line}
	}
}

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// deployStyle is the exit style of "deploy" where none is given.
const deployStyle = styleMSI

// installer is msiexec of the system, whatever the search path says; or, where the
// progress is wanted, which msiexec does not tell, a deskbell that does the same.
func (p msiPackage) installer(log string, progress bool) (installerCommand, error) {
	if progress {
		return p.told(log)
	}
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

func (p msiPackage) told(log string) (installerCommand, error) {
	self, err := os.Executable()
	if err != nil {
		return installerCommand{}, fmt.Errorf("find this program: %w", err)
	}
	properties, err := p.propertyLine()
	if err != nil {
		return installerCommand{}, err
	}
	// As msiexec's /norestart.
	args := []string{self, installMSI, "--log", log, "--", p.file, strings.TrimSpace("REBOOT=ReallySuppress " + properties)}
	return installerCommand{path: self, args: args, feeds: true}, nil
}

// lineOf is the command line for a program that is given as the last arguments
// of ours: as it was written behind --, because msiexec and others read their
// quotes otherwise than arguments are quoted.
func lineOf(args []string) (string, error) {
	line := windows.UTF16PtrToString(windows.GetCommandLine())
	tail, ok := tailOf(line, os.Args, len(args))
	if !ok {
		return "", &usageError{
			problem: "what comes after -- cannot be told from the rest of the line " + line,
			hint:    "write -- without quotes, and the quotes of what stands before it as \\\"",
		}
	}
	if name := strings.ToLower(filepath.Base(args[0])); name == "msiexec" || name == "msiexec.exe" {
		tail = lineOfProperties(tail)
	}
	return tail, nil
}

// lineBehindProgram is our own command line without the program's name.
func lineBehindProgram() string {
	return behindProgram(windows.UTF16PtrToString(windows.GetCommandLine()))
}

// tailOf is the part of a command line that the last n of its arguments are made
// of, which come after --. It is false where no part of it makes just these.
func tailOf(line string, arguments []string, n int) (string, bool) {
	first := len(arguments) - n
	if first < 1 || arguments[first-1] != "--" {
		return "", false
	}
	for i := range len(line) {
		if line[i] != ' ' && line[i] != '\t' || !strings.HasSuffix(strings.TrimSuffix(line[:i], `"`), "--") {
			continue
		}
		before, err := windows.DecomposeCommandLine(line[:i])
		if err != nil || len(before) != first || !slices.Equal(before[1:], arguments[1:first]) {
			continue
		}
		tail := strings.TrimLeft(line[i:], " \t")
		// The first word is read by rules of its own, as a program's name.
		after, err := windows.DecomposeCommandLine("program " + tail)
		if err == nil && slices.Equal(after[1:], arguments[first:]) {
			return tail, true
		}
	}
	return "", false
}

// quotedProperty is a property in the quotes that PowerShell puts around a whole
// argument, which msiexec does not take.
var quotedProperty = regexp.MustCompile(`(^|[ \t])"[A-Za-z_][A-Za-z0-9_.]*=`)

// lineOfProperties has the quotes in msiexec's line around the values of its
// properties. It is left as it is where that is so.
func lineOfProperties(line string) string {
	if !quotedProperty.MatchString(line) {
		return line
	}
	arguments, err := windows.DecomposeCommandLine(line)
	if err != nil {
		return line
	}
	for i, argument := range arguments {
		name, value, isProperty := strings.Cut(argument, "=")
		switch {
		case !strings.ContainsAny(argument, " \t"), strings.HasPrefix(value, `"`):
		case isProperty && !strings.ContainsAny(name, " \t"):
			arguments[i] = name + `="` + strings.ReplaceAll(value, `"`, `""`) + `"`
		default:
			arguments[i] = `"` + argument + `"`
		}
	}
	return strings.Join(arguments, " ")
}

// as gives a command its whole command line.
func as(command *exec.Cmd, line string) {
	if line != "" {
		command.SysProcAttr = &syscall.SysProcAttr{CmdLine: line}
	}
}

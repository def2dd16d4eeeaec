package main

import "os/exec"

// deployStyle is the exit style of "deploy" where none is given.
const deployStyle = stylePosix

// installer: there is no Windows Installer here.
func (p msiPackage) installer(string, bool) (installerCommand, error) {
	return installerCommand{}, &usageError{problem: "--msi is for Windows", hint: "the installer comes after --"}
}

// lineOf: a program here gets its arguments one by one.
func lineOf([]string) (string, error) { return "", nil }

func as(*exec.Cmd, string) {}

// lineBehindProgram: there is no line here, but arguments.
func lineBehindProgram() string { return "" }

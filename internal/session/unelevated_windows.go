package session

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

func unelevate(command *exec.Cmd) (func(), error) {
	facts, err := factsOf(windows.GetCurrentProcessToken())
	if err != nil {
		return nil, err
	}
	if !facts.elevated() {
		return func() {}, nil
	}
	own, err := ownToken()
	if err != nil {
		return nil, err
	}
	defer own.Close()
	token, err := unelevated(own)
	if err != nil {
		return nil, err
	}
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Token = syscall.Token(token)
	return func() { _ = token.Close() }, nil
}

package session

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

func unelevate(command *exec.Cmd) (func(), error) {
	if win.Wine() {
		// Whose programs hang sooner or later with such a token: their timers
		// stand still.
		return func() {}, nil
	}
	return takeRights(command)
}

// takeRights gives the command what is left of the own token.
func takeRights(command *exec.Cmd) (func(), error) {
	facts, err := factsOf(windows.GetCurrentProcessToken())
	if err != nil {
		return nil, err
	}
	// Not by the integrity, which Wine says is high whatever was set: there its
	// rights would be taken from what has none.
	if !facts.admin {
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

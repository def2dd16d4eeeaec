package conformance

import (
	"os/exec"
	"syscall"
)

// interrupt asks the command and what it has started to end, as a shell or a
// service manager does; false where this system has no way that every program
// understands.
func interrupt(cmd *exec.Cmd) (bool, error) {
	return true, syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
}

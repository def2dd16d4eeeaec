package conformance

import (
	"os/exec"
	"syscall"
)

// apart gives a command a process group, with all that it starts.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endAll ends the command's group; it may be gone.
func endAll(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }

// interrupt asks the command to end, as a shell or a service manager does;
// false where this system has no way that every program understands.
func interrupt(cmd *exec.Cmd) (bool, error) {
	return true, syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
}

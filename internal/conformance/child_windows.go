package conformance

import "os/exec"

func apart(*exec.Cmd) {}

// endAll ends the command; it may be gone.
func endAll(cmd *exec.Cmd) { _ = cmd.Process.Kill() }

// interrupt: Windows has no way to ask that every program understands.
func interrupt(*exec.Cmd) (bool, error) { return false, nil }

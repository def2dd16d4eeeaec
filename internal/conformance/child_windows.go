package conformance

import "os/exec"

// interrupt: Windows has no way to ask that every program understands.
func interrupt(*exec.Cmd) (bool, error) { return false, nil }

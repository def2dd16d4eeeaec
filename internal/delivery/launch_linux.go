package delivery

import "os/exec"

// hide has nothing to do: a program has no window for being started.
func hide(*exec.Cmd) {}

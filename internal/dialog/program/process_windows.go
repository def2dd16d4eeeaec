package program

import (
	"os"
	"os/exec"
)

// The dialog programs are those of Linux desktops; Windows has its own
// windows and no signals.
func dieWithParent(*exec.Cmd) {}

func terminate(p *os.Process) error { return p.Kill() }

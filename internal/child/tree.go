package child

import "os/exec"

// Tree is a program with all that it starts, in a process group (Windows: a
// job) of its own.
type Tree struct {
	cmd    *exec.Cmd
	reaper reaper
}

// StartTree starts cmd, whose streams are files or nil and whose SysProcAttr counts
// for nothing. Somebody must call Wait.
func StartTree(cmd *exec.Cmd) (*Tree, error) {
	r, err := start(cmd, false)
	if err != nil {
		return nil, err
	}
	return &Tree{cmd, r}, nil
}

// Wait blocks until the program has ended, as exec.Cmd's does.
func (t *Tree) Wait() error {
	t.reaper.await()
	return wait(t.cmd)
}

// Kill kills the program and what it has started. Once the program has ended it
// does nothing: what that has left running is let be.
func (t *Tree) Kill() { t.reaper.kill() }

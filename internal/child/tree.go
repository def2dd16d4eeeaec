package child

import "os/exec"

// Tree is a program with all that it starts, in a process group (Windows: a
// job) of its own.
type Tree struct {
	cmd    *exec.Cmd
	reaper reaper
}

// StartTree starts cmd, whose SysProcAttr it sets. Somebody must call Wait.
func StartTree(cmd *exec.Cmd) (*Tree, error) {
	r, err := start(cmd)
	if err != nil {
		return nil, err
	}
	return &Tree{cmd, r}, nil
}

// Wait blocks until the program has ended, as exec.Cmd's does.
func (t *Tree) Wait() error {
	t.reaper.await()
	return t.cmd.Wait()
}

// Kill kills the program and what it has started. Once the program has ended it
// does nothing: what that has left running is let be.
func (t *Tree) Kill() { t.reaper.kill() }

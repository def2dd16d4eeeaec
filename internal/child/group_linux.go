package child

import (
	"errors"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// reaper kills a process group. Its number stays that of the child until the
// child has been reaped, and is not used after that.
type reaper struct{ *group }

type group struct {
	mu    sync.Mutex // guards alive
	pid   int
	alive bool
}

// start starts cmd, whose streams are files, at the head of a process group of its own.
func start(cmd *exec.Cmd, _ bool) (reaper, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return reaper{}, err
	}
	return reaper{&group{pid: cmd.Process.Pid, alive: true}}, nil
}

// await blocks until the child has ended, and leaves it to be reaped.
func (g *group) await() {
	for {
		err := unix.Waitid(unix.P_PID, g.pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			g.mu.Lock()
			g.alive = false
			g.mu.Unlock()
			return
		}
	}
}

// wait is cmd.Wait.
func wait(cmd *exec.Cmd) error { return cmd.Wait() }

// kill kills the group.
func (g *group) kill() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.alive {
		// ESRCH: it has ended already.
		_ = unix.Kill(-g.pid, unix.SIGKILL)
	}
}

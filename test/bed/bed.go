//go:build linux

// Package bed is what the tests lie on: displays of their own with a window
// manager, hands to press keys there, and throwaway Wine prefixes. Whatever it
// starts ends with the process that started it, however that one ends.
package bed

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Root is the folder of go.mod, above the working directory.
func Root() string {
	dir, err := os.Getwd()
	for err == nil && dir != "/" {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	panic("bed: not inside the module")
}

// Build is the path of something that `make build` or the bed has made.
func Build(name string) string { return filepath.Join(Root(), "build", name) }

// Screens is where screenshots are left for a person to look at.
func Screens() string { return Build("screens") }

// keeper is a shell that holds background programs, and puts things in order
// when it is released or when this process has gone, killed or not.
type keeper struct {
	cmd     *exec.Cmd
	release io.WriteCloser
}

// keep runs the shell script start, and end once this process lets go. files
// are the script's descriptors from 3 on. What the script runs has no other
// output of ours, so that nobody waits for it to close one.
func keep(start, end string, env []string, files ...*os.File) (*keeper, error) {
	cmd := exec.Command("/bin/sh", "-c", start+"\ncat >/dev/null\n"+end)
	cmd.Env = env
	cmd.ExtraFiles = files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // an interrupt from the keyboard is for us
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	return &keeper{cmd: cmd, release: pipe}, nil
}

// close has the keeper put things in order and waits until it has.
func (k *keeper) close() error {
	if err := k.release.Close(); err != nil {
		return err
	}
	return k.cmd.Wait()
}

// until asks again and again, for at most limit, whether something is so.
func until(limit time.Duration, so func() bool) bool {
	for end := time.Now().Add(limit); ; time.Sleep(30 * time.Millisecond) {
		if so() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}

// locked runs do while it alone holds the lock file; with shared, beside others
// that share it.
func locked(file string, how int, do func() error) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return fmt.Errorf("lock %s: %w", file, err)
	}
	return do()
}

// File waits until a file is there, and reads it.
func File(name string, limit time.Duration) (text []byte, ok bool) {
	ok = until(limit, func() bool {
		var err error
		text, err = os.ReadFile(name)
		return err == nil
	})
	return text, ok
}

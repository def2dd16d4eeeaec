package soak

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	manySenders, manyPrograms = 2000, 50
	fullInbox                 = 10_000
)

// peak is the most memory that a process took, in KiB.
func peak(t *testing.T, p *os.Process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
	check(t, err)
	_, text, _ := strings.Cut(string(status), "VmHWM:")
	text, _, _ = strings.Cut(text, " kB")
	most, err := strconv.Atoi(strings.TrimSpace(text))
	check(t, err)
	return most
}

func suspend(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }

// removeMailbox removes the person's mailbox.
func removeMailbox(w *world) error { return os.RemoveAll(w.directories[0]) }

// limited has a program run in a user namespace of its own, where there are only
// so many inotify instances.
func limited(instances int) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		command := fmt.Sprintf(`echo %d >/proc/sys/user/max_inotify_instances && exec "$0" "$@"`, instances)
		cmd.Args = append([]string{"/bin/sh", "-c", command, cmd.Path}, cmd.Args[1:]...)
		cmd.Path = cmd.Args[0]
		own := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 0, Size: 1}}
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWUSER, UidMappings: own, GidMappings: own}
	}
}

// Where inotify has reached its limit, from the start or later, messages are
// answered all the same, and it is said why that takes longer.
func TestInotifyLimit(t *testing.T) {
	if !aside(t) {
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can bring root into a user namespace of his own, without which a monitor there believes no policy")
	}
	for instances := range 2 {
		t.Run(strconv.Itoa(instances), func(t *testing.T) {
			w := newWorld(t)
			monitor := w.attend(limited(instances))
			for n := range 3 {
				id := fmt.Sprintf("l%d", n)
				out, _ := w.asks(id, "yes")()
				w.books.gets(id, out, false)
			}
			if said := monitor.said(); !bytes.Contains(said, []byte("noticed only slowly")) {
				t.Errorf("it is not said: %s", said)
			}
			monitor.stop()
			w.audit()
		})
	}
}

// With no room and with nothing to be written a sender is told so, and an answer
// that was given meanwhile arrives when there is room.
func TestNoRoom(t *testing.T) {
	if !aside(t) {
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("who is not root has no mounts of his own in this test, and so no small file system to fill")
	}
	w := newWorld(t)
	dir := filepath.Dir(w.directories[0])
	check(t, os.MkdirAll(dir, 0o700))
	check(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "size=128k,nr_inodes=40,mode=700"))
	monitor := w.attend(nil)
	asked := w.asks("asked", "wait")
	until(t, "its window is open", func() bool { return bytes.Contains(monitor.said(), []byte(`"shown"`)) })
	full := fill(t, dir)
	if _, status := w.asks("full", "yes")(); status != 70 {
		t.Errorf("with no room: %d", status)
	}
	w.books.excuses("full")
	until(t, "the answer cannot be written", func() bool { return bytes.Contains(monitor.said(), []byte("no space left")) })
	check(t, unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	if _, status := w.asks("readonly", "yes")(); status != 70 {
		t.Errorf("read-only: %d", status)
	}
	w.books.excuses("readonly")
	check(t, unix.Mount("", dir, "", unix.MS_REMOUNT, ""))
	for _, file := range full {
		check(t, os.Remove(file))
	}
	out, _ := asked()
	w.books.gets("asked", out, false)
	out, _ = w.asks("after", "yes")()
	w.books.gets("after", out, false)
	monitor.stop()
	w.audit()
}

// fill takes what room there is.
func fill(t *testing.T, dir string) (files []string) {
	t.Helper()
	for n := 0; ; n++ {
		file := filepath.Join(dir, fmt.Sprintf(".fill%d", n))
		err := os.WriteFile(file, make([]byte, 4096), 0o600)
		if err == nil {
			files = append(files, file)
			continue
		}
		if !errors.Is(err, unix.ENOSPC) {
			t.Fatal(err)
		}
		if _, err := os.Lstat(file); err == nil {
			files = append(files, file)
			continue
		}
		return files
	}
}

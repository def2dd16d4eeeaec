package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Fields of /proc/<pid>/stat after the command's closing bracket, proc(5).
const (
	statState = 0  // field 3
	statStart = 19 // field 22
)

func of(pid int) (ID, error) {
	stat, err := readStat(pid)
	if err != nil {
		return ID{}, err
	}
	boot, err := bootID()
	if err != nil {
		return ID{}, err
	}
	return ID{pid, boot + ":" + stat[statStart]}, nil
}

// bootID reads the boot id, which stays the same while the process runs.
var bootID = sync.OnceValues(func() (string, error) {
	data, err := readProc("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
})

// readProc returns up to 4 KiB of a file of /proc, as far as one read gives
// it. Processes are looked at on the way of every message, and os.ReadFile
// would try to have the file watched by the runtime's poller, which costs more
// than the reading.
func readProc(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	data := make([]byte, 4<<10)
	n, err := unix.Read(fd, data)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data[:n], nil
}

// readStat returns the fields of /proc/<pid>/stat from field 3 on.
func readStat(pid int) ([]string, error) {
	data, err := readProc("/proc/" + strconv.Itoa(pid) + "/stat")
	if errors.Is(err, unix.ESRCH) || pid <= 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("look at process %d: %w", pid, err)
	}
	// The command, field 2, is in brackets and may have any character in it.
	fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	if len(fields) <= statStart {
		return nil, fmt.Errorf("look at process %d: /proc/%d/stat has %d fields", pid, pid, len(fields))
	}
	return fields, nil
}

func (id ID) running() bool {
	stat, err := readStat(id.Pid)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	if s := stat[statState]; s == "Z" || s == "X" || s == "x" {
		return false
	}
	if id.Started == "" {
		return true
	}
	boot, err := bootID()
	return err != nil || id.Started == boot+":"+stat[statStart]
}

func (id ID) sameUser() bool { return id.belongsTo(strconv.Itoa(os.Geteuid())) }

func (id ID) belongsTo(user string) bool {
	data, err := readProc("/proc/" + strconv.Itoa(id.Pid) + "/status")
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(data)) {
		// Uid: real, effective, saved, file system.
		if uids, ok := strings.CutPrefix(line, "Uid:"); ok {
			f := strings.Fields(uids)
			return len(f) < 2 || f[1] == user
		}
	}
	return true
}

// wait uses a pidfd, which the runtime's poller watches: no thread is held.
func wait(ctx context.Context, id ID) error {
	fd, err := unix.PidfdOpen(id.Pid, unix.PIDFD_NONBLOCK)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return errUnsupported
	}
	f := os.NewFile(uintptr(fd), "pidfd")
	defer f.Close()
	// Only now is it certain which process the pidfd stands for.
	if !id.Running() {
		return nil
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return errUnsupported
	}
	if err := f.SetReadDeadline(time.Time{}); err != nil {
		return errUnsupported
	}
	stop := context.AfterFunc(ctx, func() { _ = f.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	return conn.Read(func(fd uintptr) bool { return ended(int(fd)) })
}

func ended(pidfd int) bool {
	p := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
	n, err := unix.Poll(p, 0)
	return err == nil && n > 0
}

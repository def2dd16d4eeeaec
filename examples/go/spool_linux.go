package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// spool is a user mailbox on Linux: files in a directory.
type spool struct{ dir string }

func open(queue string) (mailbox, error) {
	root := os.Getenv("DESKBELL_RUNTIME_DIR")
	if root == "" {
		root = fmt.Sprintf("/run/user/%d/deskbell", os.Geteuid())
	}
	box := spool{filepath.Join(root, queue)}
	for _, name := range []string{"inbox", "outbox"} {
		if err := os.MkdirAll(filepath.Join(box.dir, name), 0o700); err != nil {
			return nil, err
		}
	}
	return box, nil
}

// load reads a JSON file; v stays as it is where there is none.
func load(file string, v any) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func (s spool) attended() (bool, error) {
	records, err := filepath.Glob(filepath.Join(s.dir, "monitor", "*.json"))
	if err != nil {
		return false, err
	}
	for _, file := range records {
		var record struct{ Pid int }
		if err := load(file, &record); err != nil {
			return false, err
		}
		if record.Pid > 0 && !errors.Is(syscall.Kill(record.Pid, 0), syscall.ESRCH) {
			return true, nil
		}
	}
	return false, nil
}

func (s spool) file(box, id string) string { return filepath.Join(s.dir, box, id+".json") }

// put makes a file that gets its name when it is whole.
func (s spool) put(id, text string, buttons []string) error {
	data, err := json.Marshal(map[string]any{"text": text, "buttons": buttons})
	if err != nil {
		return err
	}
	part := filepath.Join(s.dir, "inbox", "."+id)
	if err := os.WriteFile(part, data, 0o600); err != nil {
		return err
	}
	return os.Rename(part, s.file("inbox", id))
}

// wait watches, looks and only then waits.
func (s spool) wait(id string, limit time.Duration) (r reply, err error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		return r, err
	}
	changes := os.NewFile(uintptr(fd), "inotify")
	defer changes.Close()
	if _, err := syscall.InotifyAddWatch(fd, filepath.Join(s.dir, "outbox"), syscall.IN_MOVED_TO); err != nil {
		return r, err
	}
	if err := changes.SetReadDeadline(time.Now().Add(limit)); err != nil {
		return r, err
	}
	for {
		// One that is not ready is a claim.
		if err := load(s.file("outbox", id), &r); err != nil || r.Ready {
			return r, err
		}
		_, err := changes.Read(make([]byte, 4096))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return reply{}, nil
		}
		if err != nil {
			return r, err
		}
	}
}

func (s spool) forget(id string, replied bool) error {
	err := os.Remove(s.file("inbox", id))
	if !replied {
		return err
	}
	// The monitor may have been faster.
	if gone := os.Remove(s.file("outbox", id)); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// The plain way on Linux: two processes, two directories, files put by rename
// and inotify to wake who waits. No claim, no check, no bound.

const rawMessage = `{"text":"Install now?","buttons":["Now","Later"]}`

const rawReply = `{"ready":true,"status":"answered","button":101,"choice":"Now"}`

type rawDirectory struct {
	path string
	fd   int
}

func openRaw(path string) (rawDirectory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return rawDirectory{}, err
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		return rawDirectory{}, err
	}
	_, err = unix.InotifyAddWatch(fd, path, unix.IN_MOVED_TO)
	return rawDirectory{path, fd}, err
}

// next waits for a file to be moved in and returns its name and content.
func (d rawDirectory) next() (string, error) {
	buffer := make([]byte, 4096)
	if _, err := unix.Read(d.fd, buffer); err != nil {
		return "", err
	}
	length := binary.NativeEndian.Uint32(buffer[12:])
	name := strings.TrimRight(string(buffer[16:16+length]), "\x00")
	_, err := os.ReadFile(filepath.Join(d.path, name))
	return name, err
}

func putRaw(directory, name, content string) error {
	temporary := filepath.Join(directory, name+".new")
	if err := os.WriteFile(temporary, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, filepath.Join(directory, name))
}

func rawRespond(root string) error {
	inbox, err := openRaw(filepath.Join(root, "inbox"))
	if err != nil {
		return err
	}
	waiting, err := os.ReadDir(inbox.path) // put before we watched
	if err != nil {
		return err
	}
	for _, file := range waiting {
		if err := putRaw(filepath.Join(root, "outbox"), file.Name(), rawReply); err != nil {
			return err
		}
	}
	for {
		name, err := inbox.next()
		if err != nil {
			return err
		}
		if err := putRaw(filepath.Join(root, "outbox"), name, rawReply); err != nil {
			return err
		}
	}
}

// rawAsk puts the question, waits for the answer and clears both away.
func rawAsk(root string) (func(i int) (time.Duration, error), error) {
	outbox, err := openRaw(filepath.Join(root, "outbox"))
	if err != nil {
		return nil, err
	}
	inbox := filepath.Join(root, "inbox")
	if err := os.MkdirAll(inbox, 0o700); err != nil {
		return nil, err
	}
	return func(i int) (time.Duration, error) {
		name := fmt.Sprintf("q%d.json", i)
		start := time.Now()
		if err := putRaw(inbox, name, rawMessage); err != nil {
			return 0, err
		}
		for {
			got, err := outbox.next()
			if err != nil {
				return 0, err
			}
			if got == name {
				break
			}
		}
		took := time.Since(start)
		if err := os.Remove(filepath.Join(inbox, name)); err != nil {
			return 0, err
		}
		return took, os.Remove(filepath.Join(outbox.path, name))
	}, nil
}

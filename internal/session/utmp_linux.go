package session

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
)

// Where things are in a record of utmp(5).
const (
	utmpTypeAt  = 0
	utmpLineAt  = 8
	utmpLineLen = 32
	utmpUser    = 7 // USER_PROCESS
)

// utmpSize is the size of a record: where times of 32 bits need not be kept, it
// is somewhat larger.
func utmpSize() int {
	switch runtime.GOARCH {
	case "arm64", "riscv64", "loong64":
		return 400
	}
	return 384
}

// loggedOn are the terminals on which somebody is logged on, by records of utmp.
// Programs of users may have a hand in them: they say where to look, and no more.
func loggedOn(records []byte) map[string]bool {
	lines := map[string]bool{}
	for size := utmpSize(); len(records) >= size; records = records[size:] {
		if binary.NativeEndian.Uint16(records[utmpTypeAt:]) != utmpUser {
			continue
		}
		line, _, _ := bytes.Cut(records[utmpLineAt:utmpLineAt+utmpLineLen], []byte{0})
		if isLine(string(line)) {
			lines[string(line)] = true
		}
	}
	return lines
}

// isLine reports whether a text names a terminal below /dev: tty1, pts/0.
func isLine(line string) bool {
	dir, name, below := strings.Cut(line, "/")
	if !below {
		dir, name = "pts", line
	}
	return dir == "pts" && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

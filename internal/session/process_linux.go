package session

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// environLimit is how much is read of what a process says about itself.
const environLimit = 256 << 10

// processSessions finds who is logged on by what runs, where no logind keeps a
// list: a user whose processes show their windows on a display, or belong to a
// terminal, or who has a directory in /run/user and processes. Of whom it may
// not look at (only root may look at others) it sees no display.
func processSessions(proc, run string) ([]Session, error) {
	dirs, err := os.ReadDir(proc)
	if err != nil {
		return nil, fmt.Errorf("look for sessions: %w", err)
	}
	type key struct{ uid, id string }
	found := map[key]Session{}
	running := map[string]bool{}
	for _, dir := range dirs {
		if _, err := strconv.ParseUint(dir.Name(), 10, 32); err != nil {
			continue
		}
		p, ok := readProcess(filepath.Join(proc, dir.Name()))
		if !ok {
			continue // ended meanwhile, or not one user's
		}
		running[p.uid] = true
		if p.kind == "" || !person(p.uid) {
			continue
		}
		// A display says more than a terminal in it.
		if s, ok := found[key{p.uid, p.id}]; !ok || s.Type == "tty" {
			found[key{p.uid, p.id}] = Session{ID: p.id, UID: p.uid, Active: true, Type: p.kind, Class: "user"}
		}
	}
	logged, windows := map[string]bool{}, map[string]bool{} // uids
	users := map[string]bool{}                              // displays of users other than root
	for k, s := range found {
		logged[k.uid] = true
		if s.Type != "tty" {
			windows[k.uid] = true
			users[k.id] = users[k.id] || k.uid != "0"
		}
	}
	for uid := range running {
		if !logged[uid] && uid != "0" && person(uid) && runtimeDir(run, uid) {
			found[key{uid, "0"}] = Session{ID: "0", UID: uid, Active: true, Type: "unspecified", Class: "user"}
		}
	}
	var sessions []Session
	for k, s := range found {
		// What root runs on a user's display is no second session, nor is a
		// terminal among a user's windows.
		if k.uid == "0" && users[k.id] || s.Type == "tty" && windows[k.uid] {
			continue
		}
		if u, err := user.LookupId(k.uid); err == nil {
			s.User = u.Username
		}
		sessions = append(sessions, s)
	}
	return sessions, nil
}

// person reports whether a uid may be that of somebody with a keyboard: root,
// or one that is neither the system's nor nobody's (login.defs, UID_MIN).
func person(uid string) bool {
	n, err := strconv.ParseUint(uid, 10, 32)
	return err == nil && (n == 0 || n >= 1000) && n != 65534
}

// runtimeDir reports whether the user has a directory of his own in /run/user.
func runtimeDir(run, uid string) bool {
	info, err := os.Lstat(filepath.Join(run, uid))
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && strconv.FormatUint(uint64(stat.Uid), 10) == uid
}

// A process is what one says about the session it belongs to.
type process struct {
	uid  string
	id   string // as Current would say it there
	kind string // x11, wayland, tty, or "" for none

	languages []string // best first
}

// readProcess reads a directory of /proc; not ok when the process has gone or
// is not entirely one user's.
func readProcess(dir string) (p process, ok bool) {
	status, err := readSome(filepath.Join(dir, "status"))
	if err != nil {
		return p, false
	}
	if p.uid, ok = uidOf(status); !ok {
		return p, false
	}
	environ, err := readSome(filepath.Join(dir, "environ"))
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return p, false
	}
	values := map[string]string{}
	for pair := range bytes.SplitSeq(environ, []byte{0}) {
		if name, value, ok := strings.Cut(string(pair), "="); ok {
			values[name] = value
		}
	}
	getenv := func(name string) string { return values[name] }
	p.id, p.languages = identity(getenv), languagesOf(getenv)
	stat, err := readSome(filepath.Join(dir, "stat"))
	switch {
	case values["WAYLAND_DISPLAY"] != "":
		p.kind = "wayland"
	case values["DISPLAY"] != "":
		p.kind = "x11"
	case err == nil && hasTerminal(stat):
		p.kind = "tty"
	}
	return p, true
}

// uidOf finds the uid in /proc/PID/status: the real, effective, saved and file
// system's are the same for a program that a user runs as himself.
func uidOf(status []byte) (string, bool) {
	for lines := bufio.NewScanner(bytes.NewReader(status)); lines.Scan(); {
		rest, ok := strings.CutPrefix(lines.Text(), "Uid:")
		if !ok {
			continue
		}
		uids := strings.Fields(rest)
		if len(uids) != 4 || uids[1] != uids[0] || uids[2] != uids[0] || uids[3] != uids[0] {
			return "", false
		}
		return uids[0], true
	}
	return "", false
}

// hasTerminal reads tty_nr of /proc/PID/stat, the fifth field after the name,
// which may hold anything.
func hasTerminal(stat []byte) bool {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return false
	}
	fields := strings.Fields(string(stat[end+1:]))
	return len(fields) > 4 && fields[4] != "0"
}

func readSome(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, environLimit))
}

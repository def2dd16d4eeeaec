package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// credentials of a process, as /proc/PID/status has them.
type credentials struct {
	uids, gids   []uint32 // real, effective, saved, of the file system
	groups       []uint32
	capabilities bool // it has some
}

// parseCredentials reads /proc/PID/status; false where it is not as documented.
func parseCredentials(status []byte) (c credentials, ok bool) {
	seen := 0
	for line := range bytes.Lines(status) {
		name, value, _ := strings.Cut(string(line), ":")
		switch name {
		case "Uid", "Gid", "Groups":
			seen++
			numbers, ok := parseIDs(strings.Fields(value))
			if !ok {
				return c, false
			}
			switch name {
			case "Uid":
				c.uids = numbers
			case "Gid":
				c.gids = numbers
			case "Groups":
				c.groups = numbers
			}
		case "CapInh", "CapPrm", "CapEff", "CapAmb":
			seen++
			c.capabilities = c.capabilities || strings.Trim(value, "0 \t\n") != ""
		}
	}
	return c, seen == 7 && len(c.uids) == 4 && len(c.gids) == 4
}

func parseIDs(fields []string) (ids []uint32, ok bool) {
	for _, f := range fields {
		n, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			return nil, false
		}
		ids = append(ids, uint32(n))
	}
	return ids, true
}

// only reports whether all of them are this one.
func only(ids []uint32, id uint32) bool {
	return len(ids) > 0 && !slices.ContainsFunc(ids, func(i uint32) bool { return i != id })
}

func formatID(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

// A witness is a process of the person's in the session, which shows what the
// person's programs have.
type witness struct {
	environ     *environ
	credentials credentials
}

// A lookout says whose processes of which session are looked at, and where.
type lookout struct {
	proc    string
	session string // "" without logind: whichever the person has
	uid     uint32
	logind  bool // what is in the session is known by its cgroup
}

// errNoWitness means that nothing of the person's runs in the session.
var errNoWitness = errors.New("nothing of the user's runs in that session")

// find returns the witness that says most. A process says nothing of its
// environment from its fork until its exec is over, so who may be silent for
// that reason is asked again, for a second.
func (l lookout) find(ctx context.Context) (witness, error) {
	for end := time.Now().Add(time.Second); ; {
		w, silent, err := l.look()
		if !silent || w.environ.onDisplay() || time.Now().After(end) {
			return w, err
		}
		select {
		case <-ctx.Done():
			return w, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// look looks once at all processes; silent where one says nothing.
func (l lookout) look() (best witness, silent bool, err error) {
	best.environ = newEnviron(exactly)
	dirs, err := os.ReadDir(l.proc)
	if err != nil {
		return best, false, fmt.Errorf("look at the user's processes: %w", err)
	}
	err = errNoWitness
	rank := func(w witness) int {
		n := len(w.environ.order)
		if w.environ.onDisplay() {
			n += 1000 // more than the names that are taken
		}
		return n
	}
	for _, dir := range dirs {
		if _, notPid := strconv.ParseUint(dir.Name(), 10, 32); notPid != nil {
			continue
		}
		w, here, refused := l.witness(filepath.Join(l.proc, dir.Name()))
		switch {
		case refused != nil:
			if errors.Is(err, errNoWitness) {
				err = refused
			}
		case here:
			silent = silent || len(w.environ.order) == 0
			if best.credentials.uids == nil || rank(w) > rank(best) {
				best = w
			}
			err = nil
		}
	}
	if best.credentials.uids != nil {
		err = nil
	}
	return best, silent, err
}

// witness looks at one process; here is false where it has nothing to do with
// the person and the session. refused means that its environment may not be
// read.
func (l lookout) witness(dir string) (w witness, here bool, refused error) {
	// The folder stays that of the process, whoever has its number later.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return w, false, nil // ended meanwhile
	}
	defer root.Close()
	status, err := readIn(root, "status")
	if err != nil {
		return w, false, nil
	}
	var ok bool
	if w.credentials, ok = parseCredentials(status); !ok || !only(w.credentials.uids, l.uid) {
		return w, false, nil
	}
	if l.logind {
		cgroup, err := readIn(root, "cgroup")
		if err != nil || !inSession(cgroup, l.session) {
			return w, false, nil
		}
	}
	text, err := readIn(root, "environ")
	if errors.Is(err, fs.ErrPermission) {
		return w, false, err
	}
	if err != nil {
		return w, false, nil
	}
	all := environOf(text)
	if !l.logind && l.session != "" && identity(all.get) != l.session {
		return w, false, nil
	}
	w.environ = newEnviron(exactly)
	for _, v := range all.order {
		if (displayVariable(v.name) || homeVariable(v.name)) && !strings.ContainsFunc(v.value, unicode.IsControl) {
			w.environ.set(v.name, v.value)
		}
	}
	return w, true, nil
}

// readIn reads a file of a folder, up to environLimit.
func readIn(dir *os.Root, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, environLimit))
}

// environOf reads /proc/PID/environ.
func environOf(text []byte) *environ {
	e := newEnviron(exactly)
	for pair := range bytes.SplitSeq(text, []byte{0}) {
		e.add([]string{string(pair)})
	}
	return e
}

// inSession reports whether /proc/PID/cgroup is that of something in the
// session: below its scope, or in the group that elogind makes of its id.
func inSession(cgroup []byte, id string) bool {
	for line := range bytes.Lines(cgroup) {
		fields := strings.SplitN(strings.TrimSpace(string(line)), ":", 3)
		if len(fields) != 3 {
			continue
		}
		if fields[1] == "name=elogind" && fields[2] == "/"+id {
			return true
		}
		if slices.Contains(strings.Split(fields[2], "/"), "session-"+id+".scope") {
			return true
		}
	}
	return false
}

// logindRuns looks where logind keeps its seats.
func logindRuns() bool {
	info, err := os.Stat("/run/systemd/seats")
	return err == nil && info.IsDir()
}

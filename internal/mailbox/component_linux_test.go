package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// exchanges put something else in the place of a component. Links lead to the
// component itself, outside: who followed one would find all that he looks for.
var exchanges = map[string]func(path, outside string) error{
	"link": func(path, outside string) error {
		moved := filepath.Join(outside, filepath.Base(path))
		return errors.Join(os.Rename(path, moved), os.Symlink(moved, path))
	},
	"link upwards": func(path, outside string) error {
		moved := filepath.Join(outside, filepath.Base(path))
		to, err := filepath.Rel(filepath.Dir(path), moved)
		return errors.Join(err, os.Rename(path, moved), os.Symlink(to, path))
	},
	"dangling link": func(path, outside string) error {
		return errors.Join(os.RemoveAll(path), os.Symlink(filepath.Join(outside, "nowhere"), path))
	},
	"link to a device": func(path, _ string) error {
		return errors.Join(os.RemoveAll(path), os.Symlink("/dev/zero", path))
	},
	"file": func(path, _ string) error {
		return errors.Join(os.RemoveAll(path), os.WriteFile(path, []byte("a file"), 0o600))
	},
	"hard link": func(path, outside string) error {
		return errors.Join(os.RemoveAll(path), os.Link(filepath.Join(outside, "precious.json"), path))
	},
	"pipe": func(path, _ string) error { return errors.Join(os.RemoveAll(path), unix.Mkfifo(path, 0o666)) },
	"socket": func(path, _ string) error {
		return errors.Join(os.RemoveAll(path), unix.Mknod(path, unix.S_IFSOCK|0o666, 0))
	},
	"device": func(path, _ string) error { // /dev/zero, which root alone makes
		err := unix.Mknod(path+".device", unix.S_IFCHR|0o666, int(unix.Mkdev(1, 5)))
		if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
			return unix.Mkfifo(path+".device", 0o666)
		}
		return errors.Join(err, os.RemoveAll(path), os.Rename(path+".device", path))
	},
	"folder": func(path, _ string) error {
		return errors.Join(os.RemoveAll(path), os.MkdirAll(filepath.Join(path, "full"), 0o700))
	},
}

// attacked is a mailbox before one of its components is exchanged: with a
// message, one that has its reply, and a reply whose message is gone.
type attacked struct {
	t       *testing.T
	place   mailbox.Place
	box     *mailbox.Mailbox
	outside string   // where nothing may be touched, nor read
	owner   int      // of the mailbox, and so of what lies in the way
	paths   []string // the components that can be exchanged
}

// secret is what must not be read outside.
const secret = "it lies outside"

func newAttacked(t *testing.T, p mailbox.Place) *attacked {
	t.Helper()
	parent := filepath.Dir(stateDir(t))
	check(t, os.Chmod(parent, 0o777|os.ModeSticky))
	t.Setenv("TMPDIR", parent) // where a user mailbox is that has no other place
	a := &attacked{t: t, place: p, outside: filepath.Join(parent, "outside"), owner: os.Geteuid()}
	if p.UID == "" {
		t.Setenv("DESKBELL_RUNTIME_DIR", filepath.Join(parent, "runtime"))
	} else {
		var err error
		a.owner, err = strconv.Atoi(p.UID)
		check(t, err)
	}
	check(t, os.Mkdir(a.outside, 0o755))
	precious := filepath.Join(a.outside, "precious.json")
	check(t, os.WriteFile(precious, []byte(`{"ready":true,"status":"answered","button":101,"text":"`+secret+`"}`), 0o644))
	if os.Geteuid() == 0 {
		check(t, os.Chown(precious, 4242, 4242))
	}
	check(t, mailbox.Make(p))
	var err error
	a.box, err = mailbox.Open(p)
	check(t, err)
	for _, id := range []string{"new", "spent", "ghost"} {
		check(t, a.box.Put(id, asked(secret)))
	}
	for _, id := range []string{"spent", "ghost"} {
		check(t, a.box.Claim(id, protocol.Reply{}))
		check(t, a.box.Reply(id, protocol.Reply{Status: protocol.StatusAnswered, Button: 101}))
	}
	check(t, a.box.Withdraw("ghost"))
	a.components()
	return a
}

// components finds what leads to the records, and the records.
func (a *attacked) components() {
	a.t.Helper()
	found, err := mailbox.Inspect(a.place)
	check(a.t, err)
	for _, c := range found {
		if c.Path == os.Getenv("DESKBELL_STATE_DIR") {
			continue // opened by its path: whatever leads there is the administrator's
		}
		check(a.t, filepath.WalkDir(c.Path, func(path string, _ fs.DirEntry, err error) error {
			if !slices.Contains(a.paths, path) {
				a.paths = append(a.paths, path)
			}
			return err
		}))
	}
}

// exchange puts something else in the place of a component.
func (a *attacked) exchange(path, kind string) {
	a.t.Helper()
	check(a.t, exchanges[kind](path, a.outside))
	if kind == "hard link" {
		return // whose the file is stays so
	}
	check(a.t, filepath.WalkDir(path, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, a.owner, a.owner))
	}))
}

// look describes all that is outside, and when each file was read.
func (a *attacked) look() string {
	a.t.Helper()
	var all strings.Builder
	check(a.t, filepath.WalkDir(a.outside, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		fmt.Fprintf(&all, "%s %o %d %d %d", path, st.Mode, st.Uid, st.Size, st.Mtim.Nano())
		if entry.Type().IsRegular() {
			fmt.Fprint(&all, " read ", st.Atim.Nano())
		}
		all.WriteByte('\n')
		return nil
	}))
	return all.String()
}

// age has what is outside seem to have been read long ago, so that a read shows.
func (a *attacked) age() {
	a.t.Helper()
	check(a.t, filepath.WalkDir(a.outside, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		return os.Chtimes(path, time.Unix(1, 0), time.Time{})
	}))
}

// readingActs are those of which it shows in what was read that it was read outside.
var readingActs = []act{
	{"list", func(a *attacked) error { _, err := a.box.IDs(); return err }},
	{"get", func(a *attacked) error {
		e, err := a.box.Get("new")
		if strings.Contains(e.Message.Text, secret) {
			return errors.Join(err, a.leaked("inbox/new.json"))
		}
		return err
	}},
	{"state", func(a *attacked) error {
		state, _, err := a.box.State("spent")
		if state == mailbox.Spent {
			return errors.Join(err, a.leaked("outbox/spent.json"))
		}
		return err
	}},
	{"await", func(a *attacked) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		r, err := a.box.Await(ctx, "ghost", asked(secret))
		if err == nil && r.Button == 101 {
			return a.leaked("outbox/ghost.json")
		}
		return err
	}},
}

// leaked is an error unless the record is still in its own place.
func (a *attacked) leaked(record string) error {
	i := slices.IndexFunc(a.paths, func(path string) bool { return strings.HasSuffix(path, "/"+record) })
	if is, err := filepath.EvalSymlinks(a.paths[i]); err == nil && is == a.paths[i] {
		return nil
	}
	return errLeaked
}

func isRecord(path string) bool {
	return strings.HasSuffix(path, ".json") || strings.HasSuffix(path, ".lock")
}

// attackedPlaces are the mailboxes to attack, those of somebody else if the
// caller may make them.
func attackedPlaces(t *testing.T) map[string]mailbox.Place {
	user := users(t)[len(users(t))-1]
	places := map[string]mailbox.Place{"user": {Queue: "queue", Scope: mailbox.ScopeUser}}
	for _, scope := range shared {
		places[string(scope)] = mailbox.Place{Queue: "queue", Scope: scope, UID: user}
	}
	if os.Geteuid() == 0 {
		places["user's, by root"] = mailbox.Place{Queue: "queue", Scope: mailbox.ScopeUser, UID: somebody}
	}
	return places
}

// Whichever component of whichever mailbox is something else than it should be,
// nothing that Deskbell does reads, writes, creates or deletes anything outside
// of the mailbox, or waits; and where it says that it could not, it names the
// component.
func TestExchangedComponents(t *testing.T) {
	for name, p := range attackedPlaces(t) {
		t.Run(name, func(t *testing.T) {
			for i := range newAttacked(t, p).paths {
				for kind := range exchanges {
					a := newAttacked(t, p)
					path := a.paths[i]
					if kind == "hard link" && os.Geteuid() != 0 {
						continue // to a file of one's own
					}
					if record := isRecord(path); kind == "folder" && !record || kind == "file" && record {
						continue // it is one
					}
					a.exchange(path, kind)
					a.age()
					a.try(path, kind)
				}
			}
		})
	}
}

// The same while a component is exchanged with a link again and again, between
// any look at it and its use.
func TestComponentsExchangedMeanwhile(t *testing.T) {
	for name, p := range attackedPlaces(t) {
		t.Run(name, func(t *testing.T) {
			for i := range newAttacked(t, p).paths {
				newAttacked(t, p).race(i)
			}
		})
	}
}

func (a *attacked) race(component int) {
	a.t.Helper()
	path := a.paths[component]
	target, link := filepath.Join(a.outside, "target"), filepath.Join(filepath.Dir(a.outside), "link")
	if out, err := exec.Command("cp", "-a", path, target).CombinedOutput(); err != nil {
		a.t.Fatalf("%v: %s", err, out)
	}
	check(a.t, filepath.WalkDir(target, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		text := strings.NewReplacer(secret, stolen, "101", "102").Replace(string(data))
		return errors.Join(err, os.WriteFile(path, []byte(text), 0))
	}))
	check(a.t, os.Symlink(target, link))
	check(a.t, os.Lchown(link, a.owner, a.owner))
	a.age()
	before := a.look()

	var exchanging sync.WaitGroup
	over := make(chan struct{})
	exchanging.Go(func() {
		for {
			select {
			case <-over:
				return
			default: // where it is gone this moment, it comes again
				_ = unix.Renameat2(unix.AT_FDCWD, path, unix.AT_FDCWD, link, unix.RENAME_EXCHANGE)
			}
		}
	})
	for range 5 {
		for _, act := range acts()[:len(acts())-1] {
			_ = act.do(a) // whether it could be done is of no matter
		}
		if e, err := a.box.Get("new"); err == nil && strings.Contains(e.Message.Text, stolen) {
			a.t.Errorf("%s: a message outside was read", path)
		}
		if state, r, err := a.box.State("spent"); err == nil && state == mailbox.Spent && r.Button == 102 {
			a.t.Errorf("%s: a reply outside was read", path)
		}
	}
	_ = mailbox.Delete(a.place)
	close(over)
	exchanging.Wait()
	if after := a.look(); after != before {
		a.t.Errorf("%s: what is outside is\n%swas\n%s", path, after, before)
	}
}

// stolen is what lies outside in the place of secret.
const stolen = "it was stolen"

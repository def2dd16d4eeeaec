package mailbox_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// somebody is a user who is not there.
const somebody = "54321"

func ownUser(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(os.Geteuid())
}

// newQueue returns a queue of the test's own, in a state directory of its own.
func newQueue(t *testing.T) string {
	t.Helper()
	stateDir(t)
	return "queue"
}

// stateDir makes where a state directory is to be, which somebody else can
// reach, too, if root runs the test.
func stateDir(t *testing.T) string {
	t.Helper()
	parent := t.TempDir()
	if os.Geteuid() == 0 {
		var err error
		parent, err = os.MkdirTemp("/dev/shm", "deskbell-test-*")
		check(t, err)
		t.Cleanup(func() { check(t, os.RemoveAll(parent)) })
		check(t, os.Chmod(parent, 0o755))
	}
	dir := filepath.Join(parent, "state")
	t.Setenv("DESKBELL_STATE_DIR", dir)
	return dir
}

// users are those whose mailboxes the caller may make: his own and, if he is
// root, somebody else's.
func users(t *testing.T) []string {
	own := ownUser(t)
	if os.Geteuid() != 0 {
		t.Log("only root makes mailboxes for others: nothing tried with somebody else's")
		return []string{own}
	}
	return []string{own, somebody}
}

// What root does in somebody else's mailbox, under his ids, does what a mailbox
// does.
func TestPlacesOfSomebody(t *testing.T) {
	for _, user := range users(t)[1:] {
		for _, scope := range []mailbox.Scope{mailbox.ScopeAssigned, mailbox.ScopeService} {
			t.Run(string(scope), func(t *testing.T) {
				mailboxtest.RunPlace(t, func(t *testing.T) mailbox.Store {
					s, err := mailbox.OpenStore(mailbox.Place{Queue: newQueue(t), Scope: scope, UID: user})
					check(t, err)
					return s
				})
			})
		}
	}
}

// access is owner, mode and access list of a file as text.
func access(t *testing.T, path string) string {
	t.Helper()
	var st unix.Stat_t
	check(t, unix.Lstat(path, &st))
	text := fmt.Sprintf("%d %o", st.Uid, st.Mode&0o7777)
	list := make([]byte, 1024)
	n, err := unix.Getxattr(path, "system.posix_acl_access", list)
	if errors.Is(err, unix.ENODATA) || errors.Is(err, unix.EOPNOTSUPP) {
		return text
	}
	check(t, err)
	for e := list[4:n]; len(e) >= 8; e = e[8:] {
		tag := map[uint16]string{1: "owner", 2: "user", 4: "owning", 8: "group", 16: "mask", 32: "others"}[binary.LittleEndian.Uint16(e)]
		if id := binary.LittleEndian.Uint32(e[4:]); id != 0xffffffff {
			tag += strconv.Itoa(int(id))
		}
		text += fmt.Sprintf(" %s:%o", tag, binary.LittleEndian.Uint16(e[2:]))
	}
	return text
}

// Each directory and file has the owner, mode and access list that are written
// here a second time, entry by entry.
func TestPlacesAccess(t *testing.T) {
	for _, user := range users(t) {
		root := stateDir(t)
		for _, scope := range shared {
			p := mailbox.Place{Queue: "queue", Scope: scope, UID: user}
			b, err := mailbox.Open(p)
			check(t, err)
			check(t, b.Put("a", asked("?")))
			check(t, b.Claim("a", protocol.Reply{}))
		}
		own := ownUser(t)
		read := func(mode, may string) string {
			if user == own {
				return own + " " + strings.NewReplacer("5", "0", "4", "0").Replace(mode)
			}
			return own + " " + mode + " owner:" + mode[:1] + " user" + user + ":" + may + " owning:0 mask:" + may + " others:0"
		}
		want := map[string]string{
			".":     own + " 755",
			"queue": own + " 755",

			"queue/inbox":           own + " 700",
			"queue/inbox/.partial":  own + " 700",
			"queue/inbox/a.json":    own + " 600",
			"queue/outbox":          own + " 700",
			"queue/outbox/.partial": own + " 700",
			"queue/outbox/a.json":   own + " 600",

			"queue/users":                           own + " 755",
			"queue/users/" + user:                   own + " 755",
			"queue/users/U/inbox":                   read("750", "5"),
			"queue/users/U/inbox/.partial":          own + " 700",
			"queue/users/U/inbox/a.json":            read("640", "4"),
			"queue/users/U/outbox":                  user + " 700",
			"queue/users/U/outbox/.partial":         user + " 700",
			"queue/users/U/outbox/a.json":           user + " 600",
			"queue/users/U/service":                 own + " 755",
			"queue/users/U/service/inbox":           user + " 700",
			"queue/users/U/service/inbox/.partial":  user + " 700",
			"queue/users/U/service/inbox/a.json":    user + " 600",
			"queue/users/U/service/outbox":          read("750", "5"),
			"queue/users/U/service/outbox/.partial": own + " 700",
			"queue/users/U/service/outbox/a.json":   read("640", "4"),
		}
		for path, access_ := range want {
			path = strings.Replace(path, "/U/", "/"+user+"/", 1)
			if got := access(t, filepath.Join(root, path)); got != access_ {
				t.Errorf("user %s: %s has %s, want %s", user, path, got, access_)
			}
		}
		check(t, filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			path, _ = filepath.Rel(root, path)
			if _, known := want[strings.Replace(path, "/"+user+"/", "/U/", 1)]; !known {
				t.Errorf("%s is not in the table", path)
			}
			return err
		}))
		// The table has each of them, and no more.
		for _, scope := range shared {
			for _, part := range trust.Parts(string(scope), "queue", user) {
				if _, known := want[strings.Replace(part.Folder, "/"+user+"/", "/U/", 1)]; part.Folder != "" && !known {
					t.Errorf("the table has %s", part.Folder)
				}
			}
		}
	}
}

// components are the directories of an assigned mailbox, from the root on.
var components = []string{".", "queue", "queue/users", "queue/users/U", "queue/users/U/inbox", "queue/users/U/outbox"}

// Where others can write a component, what is below does not exist, Inspect
// names it, and Make and the next message take that from them.
func TestPlacesWrittenByOthers(t *testing.T) {
	none, user4242 := uint32(0xffffffff), uint32(4242)
	acl := binary.LittleEndian.AppendUint32(nil, 2)
	for _, e := range [][3]uint32{{1, 7, none}, {2, 7, user4242}, {4, 5, none}, {16, 7, none}, {32, 5, none}} {
		acl = binary.LittleEndian.AppendUint16(acl, uint16(e[0]))
		acl = binary.LittleEndian.AppendUint16(acl, uint16(e[1]))
		acl = binary.LittleEndian.AppendUint32(acl, e[2])
	}
	attacks := map[string]func(path string) error{
		"mode": func(path string) error { return os.Chmod(path, 0o777) },
		"list": func(path string) error { return unix.Setxattr(path, "system.posix_acl_access", acl, 0) },
	}
	if os.Geteuid() == 0 {
		attacks["owner"] = func(path string) error { return os.Chown(path, 4242, 4242) }
	}
	user := users(t)[len(users(t))-1]
	for name, attack := range attacks {
		for _, component := range components {
			root := stateDir(t)
			path := filepath.Join(root, strings.Replace(component, "U", user, 1))
			p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned, UID: user}
			b, err := mailbox.Open(p)
			check(t, err)
			check(t, b.Put("a", asked("?")))
			check(t, b.Claim("a", protocol.Reply{}))
			check(t, attack(path))
			found, err := mailbox.Inspect(p)
			check(t, err)
			for _, c := range found {
				if (c.Problem != nil) != (c.Path == path) {
					t.Errorf("%s of %s: %s: %v", name, component, c.Path, c.Problem)
				}
			}
			theUsers := strings.HasSuffix(component, "outbox")
			if ids, err := b.IDs(); err != nil || (len(ids) == 0) == theUsers {
				t.Errorf("%s of %s: ids %q, %v", name, component, ids, err)
			}
			if theUsers && name != "owner" {
				continue // his word is his, whomever he lets speak for him
			}
			check(t, b.Put("b", asked("?")))
			if !theUsers {
				if ids, err := b.IDs(); err != nil || len(ids) != 2 {
					t.Errorf("%s of %s, put right: ids %q, %v", name, component, ids, err)
				}
				check(t, attack(path))
			}
			check(t, mailbox.Make(p))
			found, err = mailbox.Inspect(p)
			check(t, err)
			for _, c := range found {
				if c.Problem != nil {
					t.Errorf("%s of %s, made again: %s: %v", name, component, c.Path, c.Problem)
				}
			}
		}
	}
}

// A message that others can write, or that is another's, is none.
func TestPlacesMessagesOfOthers(t *testing.T) {
	root := stateDir(t)
	p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned}
	check(t, mailbox.Make(p))
	inbox := filepath.Join(root, "queue", "users", ownUser(t), "inbox")
	write := func(name string, mode fs.FileMode) string {
		path := filepath.Join(inbox, name+".json")
		check(t, os.WriteFile(path, []byte(`{"text":"?"}`), 0o600))
		check(t, os.Chmod(path, mode))
		return path
	}
	write("wide", 0o666)
	write("group", 0o660)
	if path := write("owner", 0o640); os.Geteuid() == 0 {
		check(t, os.Chown(path, 4242, 4242))
	} else {
		check(t, os.Remove(path))
	}
	write("good", 0o640)
	write("readable", 0o644)
	check(t, os.Symlink("good.json", filepath.Join(inbox, "link.json")))
	check(t, unix.Mkfifo(filepath.Join(inbox, "fifo.json"), 0o600))
	check(t, os.Mkdir(filepath.Join(inbox, "directory.json"), 0o700))
	b, err := mailbox.Open(p)
	check(t, err)
	for _, id := range []string{"wide", "group", "owner", "link", "fifo", "directory"} {
		if _, err := b.Get(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, id := range []string{"good", "readable"} {
		if e, err := b.Get(id); err != nil || e.Problem != nil {
			t.Errorf("%s: %v, %v", id, e.Problem, err)
		}
	}
}

// A directory that is everybody's stays as it is.
func TestPlacesNotInASharedDirectory(t *testing.T) {
	root := stateDir(t)
	check(t, os.Mkdir(root, 0o700))
	check(t, os.Chmod(root, 0o777|os.ModeSticky))
	before := access(t, root)
	p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeMachine}
	b, err := mailbox.Open(p)
	check(t, err)
	for what, err := range map[string]error{"make": mailbox.Make(p), "put": b.Put("a", asked("?"))} {
		if err == nil || !strings.Contains(err.Error(), root+" cannot be trusted") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if after := access(t, root); after != before {
		t.Errorf("it was %s and is %s", before, after)
	}
}

// No component is reached through a link, and the one at fault is named.
func TestPlacesLinked(t *testing.T) {
	user := users(t)[len(users(t))-1]
	for _, component := range components[1:] {
		root, elsewhere := stateDir(t), t.TempDir()
		path := filepath.Join(root, strings.Replace(component, "U", user, 1))
		p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned, UID: user}
		check(t, mailbox.Make(p))
		check(t, os.RemoveAll(path))
		check(t, os.Symlink(elsewhere, path))
		b, err := mailbox.Open(p)
		check(t, err)
		if ids, err := b.IDs(); err != nil || len(ids) != 0 {
			t.Errorf("%s: %q, %v", component, ids, err)
		}
		err = b.Put("a", asked("?"))
		if err == nil {
			err = b.Claim("a", protocol.Reply{})
		}
		if err == nil || !strings.Contains(err.Error(), path+" ") {
			t.Errorf("%s: put and claim: %v", component, err)
		}
		if err := mailbox.Make(p); err == nil || !strings.Contains(err.Error(), path+" ") {
			t.Errorf("%s: make: %v", component, err)
		}
		if files, err := os.ReadDir(elsewhere); err != nil || len(files) != 0 {
			t.Errorf("%s: %v, %v", component, files, err)
		}
	}
}

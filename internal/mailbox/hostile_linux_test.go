package mailbox_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
	"github.com/deskbell/deskbell/test/bed"
)

// give makes a path somebody's, without following it.
func give(t *testing.T, paths ...string) {
	t.Helper()
	uid, err := strconv.Atoi(somebody)
	check(t, err)
	for _, path := range paths {
		check(t, os.Lchown(path, uid, uid))
	}
}

// treasure is a directory of root's with a file in it that nobody else may
// change, and what tells that it is as it was.
func treasure(t *testing.T) (dir string, untouched func()) {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "deskbell-test-*")
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(dir)) })
	file := filepath.Join(dir, "a.json")
	check(t, os.WriteFile(file, []byte(`{"ready":true,"status":"answered","button":101}`), 0o644))
	check(t, os.Chmod(dir, 0o755))
	before := [2]string{access(t, dir), access(t, file)}
	return dir, func() {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(data), "101") {
			t.Errorf("the file outside: %q, %v", data, err)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
			t.Errorf("the directory outside: %v, %v", files, err)
		}
		if after := [2]string{access(t, dir), access(t, file)}; after != before {
			t.Errorf("access outside: %q, was %q", after, before)
		}
	}
}

// boxOf is a box that somebody can write, in a mailbox of his that root looks at.
func boxOf(t *testing.T, scope mailbox.Scope) (b *mailbox.Mailbox, place mailbox.Place, outbox bool, dir string) {
	t.Helper()
	place = mailbox.Place{Queue: "queue", Scope: scope, UID: somebody}
	switch scope {
	case mailbox.ScopeAssigned:
		dir, outbox = filepath.Join(stateDir(t), "queue/users/"+somebody+"/outbox"), true
	case mailbox.ScopeService:
		dir = filepath.Join(stateDir(t), "queue/users/"+somebody+"/service/inbox")
	default:
		temporary := filepath.Dir(stateDir(t))
		t.Setenv("TMPDIR", temporary)
		check(t, os.Chmod(temporary, 0o777|os.ModeSticky))
		dir = filepath.Join(temporary, "deskbell-"+somebody, "queue", "outbox")
		outbox = true
	}
	check(t, mailbox.Make(place))
	b, err := mailbox.Open(place)
	check(t, err)
	return b, place, outbox, dir
}

var writable = []mailbox.Scope{mailbox.ScopeUser, mailbox.ScopeAssigned, mailbox.ScopeService}

// Whatever somebody puts where he may write, root reads and removes nothing
// outside of it, and waits for nothing.
func TestHostileFiles(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root looks at somebody else's mailbox: nothing tried")
		return
	}
	for _, scope := range writable {
		b, place, outbox, dir := boxOf(t, scope)
		outside, untouched := treasure(t)
		file := filepath.Join(outside, "a.json")
		hostile := map[string]func(path string) error{
			"link":     func(path string) error { return os.Symlink(file, path) },
			"dangling": func(path string) error { return os.Symlink("nowhere", path) },
			"device":   func(path string) error { return os.Symlink("/dev/zero", path) },
			"fifo":     func(path string) error { return unix.Mkfifo(path, 0o666) },
			"folder":   func(path string) error { return os.Mkdir(path, 0o700) },
			"full":     func(path string) error { return os.MkdirAll(filepath.Join(path, "full"), 0o700) },
			"of-root": func(path string) error {
				return os.WriteFile(path, []byte(`{"ready":true,"status":"answered","button":101,"text":"?"}`), 0o644)
			},
			"hard-link": func(path string) error { return os.Link(file, path) },
		}
		for id, put := range hostile {
			if outbox {
				check(t, b.Put(id, asked("?")))
			}
			path := filepath.Join(dir, id+".json")
			check(t, put(path))
			if id != "of-root" && id != "hard-link" {
				give(t, path)
			}
			if outbox {
				if state, reply, err := b.State(id); err != nil || state != mailbox.Free {
					t.Errorf("%s: %s: state %d, %+v, %v", scope, id, state, reply, err)
				}
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan error, 1)
				go func() { _, err := b.Await(ctx, id, asked("?")); ended <- err }()
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %s: await: %v", scope, id, err)
				}
			} else if e, err := b.Get(id); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %s: %+v, %v", scope, id, e, err)
			}
		}
		if err := b.Sweep(); err != nil {
			t.Errorf("%s: sweep: %v", scope, err)
		}
		untouched()
		for id := range hostile {
			if err := b.Forget(id); err != nil {
				t.Errorf("%s: forget %s: %v", scope, id, err)
			}
			if _, err := os.Lstat(filepath.Join(dir, id+".json")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: %s is left: %v", scope, id, err)
			}
		}
		untouched()
		check(t, mailbox.Delete(place))
		untouched()
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: left: %v", scope, err)
		}
	}
}

// Directories that somebody exchanges lead nowhere.
func TestHostileDirectories(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root looks at somebody else's mailbox: nothing tried")
		return
	}
	for _, scope := range writable {
		for _, linked := range []string{".partial", ".lock"} {
			b, place, outbox, dir := boxOf(t, scope)
			outside, untouched := treasure(t)
			path := filepath.Join(dir, linked)
			if scope == mailbox.ScopeUser && linked == ".partial" {
				path = filepath.Join(filepath.Dir(dir), linked)
			}
			check(t, os.RemoveAll(path))
			check(t, os.Symlink(outside, path))
			give(t, path)
			if outbox && scope == mailbox.ScopeAssigned {
				check(t, b.Put("a", asked("?")))
				check(t, os.WriteFile(filepath.Join(dir, "a.json"), []byte(`{"status":"shown","pid":1,"started":"1"}`), 0o600))
				give(t, filepath.Join(dir, "a.json"))
				if err := b.Claim("a", protocol.Reply{}); err == nil {
					t.Errorf("%s: claimed through a link at %s", scope, linked)
				}
			}
			_ = b.Sweep() // what it makes of it is of no matter, as long as it ends
			untouched()
			check(t, mailbox.Delete(place))
			untouched()
		}
	}
}

// Somebody who holds the lock keeps root waiting for nothing.
func TestHostileLock(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root looks at somebody else's mailbox: nothing tried")
		return
	}
	b, _, _, dir := boxOf(t, mailbox.ScopeAssigned)
	check(t, b.Put("a", asked("?")))
	claim := filepath.Join(dir, "a.json")
	check(t, os.WriteFile(claim, []byte(`{"status":"shown","pid":1,"started":"1"}`), 0o600))
	lock, err := os.OpenFile(filepath.Join(dir, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	check(t, err)
	defer lock.Close()
	give(t, claim, lock.Name())
	check(t, unix.Flock(int(lock.Fd()), unix.LOCK_EX))
	if err := b.Claim("a", protocol.Reply{}); !errors.Is(err, mailbox.ErrClaimed) {
		t.Errorf("claim: %v", err)
	}
	check(t, unix.Flock(int(lock.Fd()), unix.LOCK_UN))
	check(t, b.Claim("a", protocol.Reply{}))
}

// Somebody who makes more queues and files than anybody needs costs root no more
// memory than for so many; deleted they are all.
func TestHostileMultitude(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root looks at somebody else's mailbox: nothing tried")
		return
	}
	const many = mailbox.MostRecords + 100
	memory, err := os.MkdirTemp("/dev/shm", "deskbell-test-*") // on a disk it would take a minute
	check(t, err)
	t.Cleanup(func() { check(t, os.RemoveAll(memory)) })
	check(t, os.Chmod(memory, 0o777|os.ModeSticky))
	t.Setenv("TMPDIR", memory)
	place := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeUser, UID: somebody}
	check(t, mailbox.Make(place))
	queues := filepath.Join(memory, "deskbell-"+somebody)
	dir := filepath.Join(queues, "queue", "outbox")
	for i := range many {
		check(t, os.Mkdir(filepath.Join(queues, strconv.Itoa(i)), 0o700))
		check(t, unix.Mknod(filepath.Join(dir, strconv.Itoa(i)), unix.S_IFREG|0o600, 0))
	}
	if found, err := mailbox.UserQueues(somebody); err != nil || len(found) == 0 || len(found) > mailbox.MostRecords {
		t.Errorf("%d queues, %v", len(found), err)
	}
	check(t, mailbox.Delete(place))
	if _, err := os.Lstat(filepath.Dir(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
}

// A directory as deep as it can be made is deleted with a few open files.
func TestDeleteDeep(t *testing.T) {
	root := stateDir(t)
	p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned}
	check(t, mailbox.Make(p))
	outbox := filepath.Join(root, "queue", "users", ownUser(t), "outbox")
	fd, err := unix.Open(outbox, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	check(t, err)
	for range 3000 { // longer than a path may be
		check(t, unix.Mkdirat(fd, "deeper", 0o700))
		next, err := unix.Openat(fd, "deeper", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		check(t, err)
		check(t, unix.Close(fd))
		fd = next
	}
	check(t, unix.Close(fd))
	check(t, mailbox.Delete(p))
	if _, err := os.Lstat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("left: %v", err)
	}
}

// What root puts in somebody's own mailbox is somebody's.
func TestUserMailboxOfSomebody(t *testing.T) {
	if os.Geteuid() != 0 {
		p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeUser, UID: somebody}
		if _, err := mailbox.Open(p); !errors.Is(err, fs.ErrPermission) {
			t.Errorf("open: %v", err)
		}
		return
	}
	b, place, _, outbox := boxOf(t, mailbox.ScopeUser)
	queue := filepath.Dir(outbox)
	// To watch is to make nothing.
	unmade, err := mailbox.Open(mailbox.Place{Queue: "unmade", Scope: mailbox.ScopeUser, UID: somebody})
	check(t, err)
	<-changes(t, unmade)
	if _, err := os.Lstat(filepath.Dir(queue) + "/unmade"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("who only watches made a mailbox: %v", err)
	}
	check(t, b.Put("a", asked("?")))
	for path, want := range map[string]string{
		filepath.Dir(queue): "700", queue: "700", queue + "/inbox": "700", queue + "/monitor": "700",
		queue + "/.partial": "700", queue + "/inbox/a.json": "600",
	} {
		if got := access(t, path); got != somebody+" "+want {
			t.Errorf("%s has %s", path, got)
		}
	}
	// Our own process is none of his.
	check(t, os.WriteFile(queue+"/monitor/0.json", []byte(`{"pid":`+strconv.Itoa(os.Getpid())+`}`), 0o600))
	give(t, queue+"/monitor/0.json")
	if attending, err := b.Attending(); err != nil || len(attending) != 0 {
		t.Errorf("attending %+v, %v", attending, err)
	}
	// A mode is his to narrow, not a reason to refuse.
	check(t, os.Chmod(queue+"/inbox", 0o755))
	if e, err := b.Get("a"); err != nil || e.Message.Text != "?" {
		t.Errorf("%+v, %v", e, err)
	}
	if got := access(t, queue+"/inbox"); got != somebody+" 755" {
		t.Errorf("the inbox has %s", got)
	}
	found, err := mailbox.Inspect(place)
	check(t, err)
	for _, c := range found {
		if (c.Problem != nil) != strings.HasSuffix(c.Path, "inbox") {
			t.Errorf("%s: %v", c.Path, c.Problem)
		}
	}
}

// Nothing is asked of a file system that somebody has mounted where he may
// write: it could answer when it likes.
func TestHostileMount(t *testing.T) {
	if !bed.Apart(t, 0) {
		return
	}
	for _, scope := range writable {
		b, place, outbox, dir := boxOf(t, scope)
		check(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,uid="+somebody))
		file := filepath.Join(dir, "a.json")
		check(t, os.WriteFile(file, []byte(`{"status":"answered","button":101,"ready":true,"text":"?"}`), 0o600))
		give(t, file)
		var err error
		if outbox {
			var state mailbox.ReplyState
			if state, _, err = b.State("a"); err == nil && state != mailbox.Free {
				t.Errorf("%s: state %d", scope, state)
			}
		} else {
			_, err = b.Get("a")
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.EXDEV) {
			t.Errorf("%s: %v", scope, err)
		}
		if err := mailbox.Delete(place); !errors.Is(err, unix.EXDEV) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: delete: %v", scope, err)
		}
		if _, err := os.Lstat(file); err != nil {
			t.Errorf("%s: %v", scope, err)
		}
		check(t, unix.Unmount(dir, 0))
		// Over a file.
		check(t, mailbox.Make(place))
		check(t, os.WriteFile(file, nil, 0o600))
		give(t, file)
		check(t, unix.Mount("/proc/self/comm", file, "", unix.MS_BIND, ""))
		if r, err := b.Get("a"); !outbox && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %+v, %v", scope, r, err)
		}
		if state, _, err := b.State("a"); outbox && (err != nil || state != mailbox.Free) {
			t.Errorf("%s: state %d, %v", scope, state, err)
		}
		check(t, unix.Unmount(file, 0))
		check(t, mailbox.Delete(place))
	}
}

// Where the file system has no access lists, the user reads by the group that
// is his alone; where there is none, the mailbox is refused.
func TestPlacesWithoutAccessLists(t *testing.T) {
	if !bed.Apart(t, 0) {
		return
	}
	root := stateDir(t)
	check(t, os.Mkdir(root, 0o755))
	check(t, unix.Mount("ramfs", root, "ramfs", 0, ""))
	defer func() { check(t, unix.Unmount(root, unix.MNT_DETACH)) }()
	accounts := t.TempDir()
	for name, text := range map[string]string{
		"passwd": "root:x:0:0::/:/bin/sh\nsomebody:x:54321:54321::/:/bin/sh\nother:x:54322:100::/:/bin/sh\n",
		"group":  "root:x:0:\nsomebody:x:54321:\nusers:x:100:\n",
	} {
		check(t, os.WriteFile(filepath.Join(accounts, name), []byte(text), 0o644))
		check(t, unix.Mount(filepath.Join(accounts, name), "/etc/"+name, "", unix.MS_BIND, ""))
	}
	p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned, UID: somebody}
	b, err := mailbox.Open(p)
	check(t, err)
	check(t, b.Put("a", asked("?")))
	for path, want := range map[string]string{"inbox": "0 750", "inbox/a.json": "0 640", "outbox": somebody + " 700"} {
		path = filepath.Join(root, "queue/users", somebody, path)
		var st unix.Stat_t
		check(t, unix.Lstat(path, &st))
		if got := access(t, path); got != want || path != filepath.Join(root, "queue/users", somebody, "outbox") && strconv.Itoa(int(st.Gid)) != somebody {
			t.Errorf("%s has %s and group %d, want %s", path, got, st.Gid, want)
		}
	}
	found, err := mailbox.Inspect(p)
	check(t, err)
	for _, c := range found {
		if c.Problem != nil {
			t.Errorf("%s: %v", c.Path, c.Problem)
		}
	}
	p.UID = "54322"
	err = mailbox.Make(p)
	if !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), "54322/inbox: the file system has no access lists, and the group of user 54322 is users") {
		t.Errorf("for somebody without a group of his own: %v", err)
	}
}

// A monitor notices a mailbox that is made for it, from nothing on, and one
// that was put right.
func TestPlacesWatchedBeforeMade(t *testing.T) {
	root := stateDir(t)
	p := mailbox.Place{Queue: "queue", Scope: mailbox.ScopeAssigned}
	monitor, err := mailbox.OpenWaiting(p)
	check(t, err)
	signals := changes(t, monitor)
	<-signals
	if _, err := os.Lstat(root); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a user's monitor made the state directory: %v", err)
	}
	sender, err := mailbox.Open(p)
	check(t, err)
	check(t, sender.Put("a", asked("?")))
	wait(t, signals, func() bool { _, err := monitor.Get("a"); return err == nil })
	for _, component := range components[:5] {
		path := filepath.Join(root, strings.Replace(component, "U", ownUser(t), 1))
		check(t, os.Chmod(path, 0o777))
		// A change that somebody made in there is not believed.
		if ids, err := monitor.IDs(); err != nil || len(ids) != 0 {
			t.Errorf("%s: ids %q, %v", component, ids, err)
		}
	}
	check(t, os.RemoveAll(root))
	wait(t, signals, func() bool { ids, err := monitor.IDs(); return err == nil && len(ids) == 0 })
	check(t, os.Mkdir(root, 0o777))
	check(t, os.Chmod(root, 0o777))
	deadline, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	check(t, sender.Put("b", asked("?")))
	for seen := false; !seen; {
		select {
		case <-signals:
			_, err := monitor.Get("b")
			seen = err == nil
		case <-deadline.Done():
			t.Fatal("not seen after it was put right")
		}
	}
}

package mailbox

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/protocol"
)

// Where inotify has reached its limits, changes are seen all the same, and it
// is said once.
func TestWatchSlowly(t *testing.T) {
	var log bytes.Buffer
	s := NewSpool(filepath.Join(t.TempDir(), "queue"))
	s.inotify = func() (*inotify, error) { return nil, unix.EMFILE }
	b, err := New(s, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.LogTo(slog.New(slog.NewTextHandler(&log, nil)))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	signals, err := b.Changes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	<-signals
	if err := s.Create(Inbox, "a", protocol.Fields{"Text": "?"}); err != nil {
		t.Fatal(err)
	}
	for seen := false; !seen; {
		if _, open := <-signals; !open {
			t.Fatal("not seen")
		}
		_, err := s.Read(Inbox, "a")
		seen = err == nil
	}
	cancel()
	for range signals {
	}
	if n := strings.Count(log.String(), "noticed only slowly"); n != 1 {
		t.Errorf("said %d times: %s", n, &log)
	}
}

// A box that is removed between its being opened and read has nothing in it.
func TestNamesOfWhatWasRemoved(t *testing.T) {
	root := filepath.Join(t.TempDir(), "queue")
	s := NewSpool(root)
	if err := s.Create(Inbox, "a", protocol.Fields{"Text": "?"}); err != nil {
		t.Fatal(err)
	}
	d, err := s.open(false, dirOf(Inbox))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := os.RemoveAll(root); err != nil {
		t.Fatal(err)
	}
	if names, err := d.names(); err != nil || len(names) != 0 {
		t.Errorf("%q, %v", names, err)
	}
}

// Once inotify works again, changes are seen at once again.
func TestWatchRecovers(t *testing.T) {
	s := NewSpool(filepath.Join(t.TempDir(), "queue"))
	var tries atomic.Int32
	s.inotify = func() (*inotify, error) {
		if tries.Add(1) == 1 {
			return nil, unix.EMFILE
		}
		return newInotify()
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	signals, err := s.Watch(ctx, Inbox)
	if err != nil {
		t.Fatal(err)
	}
	watched := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.watcher.watched[Inbox]
	}
	for !watched() {
		if _, open := <-signals; !open {
			t.Fatal("not watched again")
		}
	}
	select {
	case <-signals: // that it is watched
	default:
	}
	if err := s.Create(Inbox, "a", protocol.Fields{"Text": "?"}); err != nil {
		t.Fatal(err)
	}
	if _, open := <-signals; !open {
		t.Fatal("not seen")
	}
	cancel()
	for range signals {
	}
}

// Events that the kernel dropped make the watch look at everything again.
func TestWatchDistrusts(t *testing.T) {
	in, err := newInotify()
	if err != nil {
		t.Fatal(err)
	}
	defer in.file.Close()
	dir := t.TempDir()
	d, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := in.add(int(d.Fd()), inRecords|inSelf, target{box: Inbox, records: true}); err != nil {
		t.Fatal(err)
	}
	limit, err := os.ReadFile("/proc/sys/fs/inotify/max_queued_events")
	if err != nil {
		t.Fatal(err)
	}
	most, err := strconv.Atoi(strings.TrimSpace(string(limit)))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "a.json")
	for range most/2 + 1 { // each makes two events, of which equal neighbours become one
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	for {
		changed, broken, err := in.read()
		if err != nil {
			t.Fatal(err)
		}
		if broken {
			return
		}
		if len(changed[Inbox]) == 0 {
			t.Fatal("events without a change")
		}
	}
}

// The component-wise way of old kernels opens what openat2 opens.
func TestWalk(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "a", "b"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a", filepath.Join(root, "link")); err != nil {
		t.Fatal(err)
	}
	s := newSpool(root)
	for path, there := range map[string]bool{"a/b": true, "a/c": false, "link/b": false} {
		r, err := s.openRoot()
		if err != nil {
			t.Fatal(err)
		}
		fd, err := s.walk(r, strings.Split(path, "/"), s.step)
		if (err == nil) != there {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			_ = unix.Close(fd)
		}
		_ = unix.Close(r)
		fd, err = s.openBelow(strings.Split(path, "/"))
		if (err == nil) != there {
			t.Errorf("openat2 %s: %v", path, err)
		}
		if err == nil {
			_ = unix.Close(fd)
		}
	}
}

func TestRuntimeDir(t *testing.T) {
	uid := os.Geteuid()
	users, xdg, temporary := t.TempDir(), t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	env := map[string]string{}
	want := func(root string, below ...string) {
		t.Helper()
		gotRoot, gotBelow, err := runtimeDir(uid, users, func(name string) string { return env[name] })
		if err != nil || gotRoot != root || !slices.Equal(gotBelow, below) {
			t.Errorf("got %s %q, %v, want %s %q", gotRoot, gotBelow, err, root, below)
		}
	}
	own := "deskbell-" + strconv.Itoa(uid)
	want(temporary, own)
	if err := os.Mkdir(filepath.Join(temporary, own), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := runtimeDir(uid, users, func(string) string { return "" }); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a directory that others can read: %v", err)
	}
	if err := os.Chmod(filepath.Join(temporary, own), 0o700); err != nil {
		t.Fatal(err)
	}
	want(temporary, own)
	env["XDG_RUNTIME_DIR"] = "relative"
	want(temporary, own)
	env["XDG_RUNTIME_DIR"] = xdg
	want(xdg, "deskbell")
	if err := os.Mkdir(filepath.Join(users, strconv.Itoa(uid)), 0o700); err != nil {
		t.Fatal(err)
	}
	want(filepath.Join(users, strconv.Itoa(uid)), "deskbell")
	env["DESKBELL_RUNTIME_DIR"] = temporary
	want(temporary)
}

func TestOpenUserMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "runtime")
	t.Setenv("DESKBELL_RUNTIME_DIR", dir)
	b, err := OpenUser("Queue")
	if err != nil {
		t.Fatal(err)
	}
	if ids, err := b.IDs(); err != nil || len(ids) != 0 {
		t.Errorf("ids %q, %v", ids, err)
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("made: %v", err)
	}
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = "?"
	if err := b.Put("A", m); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "queue", "inbox", "a.json")); err != nil {
		t.Error(err)
	}
	if _, err := OpenUser("../x"); err == nil {
		t.Error("a queue name that is none")
	}
}

// Junk under a record's name is not looked for under others: each piece would
// cost a listing of all.
func TestSpoolJunkCostsNoListing(t *testing.T) {
	s := NewSpool(t.TempDir())
	inbox := filepath.Join(s.root, s.path[0], inboxDir)
	if err := errors.Join(
		os.Mkdir(inbox, 0o700), unix.Mkfifo(filepath.Join(inbox, "fifo.json"), 0o600),
		os.Symlink("nowhere", filepath.Join(inbox, "link.json")), os.Mkdir(filepath.Join(inbox, "dir.json"), 0o700),
	); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"fifo", "link", "dir"} {
		if _, err := s.Read(Inbox, id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if s.odd[Inbox] != nil {
		t.Error("the inbox was listed")
	}
}

// Of what another user puts only so many names are looked at, each time the
// same number.
func TestDirectoryNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b", "c", "d"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	fd, err := unix.Open(dir, openDir, 0)
	if err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]int{0: 4, 3: 3, 5: 4} {
		d := directory{fd: fd, path: dir, most: most}
		for range 2 {
			if names, err := d.names(); err != nil || len(names) != want {
				t.Errorf("at most %d: %q, %v", most, names, err)
			}
		}
	}
	if err := unix.Close(fd); err != nil {
		t.Fatal(err)
	}
	if _, err := (&directory{fd: fd, path: dir}).names(); err == nil {
		t.Error("a closed directory was listed")
	}
}

// Only A to Z are folded.
func TestSpoolNamesFold(t *testing.T) {
	for file, want := range map[string]string{"ABC.json": "abc", "abc.JSON": "abc", "\u212Aelvin.json": "\u212Aelvin", "\u0130d.json": "\u0130d"} {
		if got, ok := nameOf(file); got != want || !ok {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
}

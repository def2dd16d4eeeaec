package mailbox_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/protocol"
)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is a mailbox and its directory, with the inbox made.
func place(t *testing.T) (*mailbox.Mailbox, *mailbox.Spool, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "runtime", "queue")
	for _, sub := range []string{"inbox", "outbox"} {
		check(t, os.MkdirAll(filepath.Join(dir, sub), 0o700))
	}
	s := mailbox.NewSpool(dir)
	b, err := mailbox.New(s, mailbox.Options{
		Self: process.ID{Pid: 1, Started: "1"}, Running: func(process.ID) bool { return true },
	})
	check(t, err)
	return b, s, dir
}

func question() protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text = "?"
	return m
}

// What a shell script puts, in every way that the protocol allows.
func TestSpoolForeignWriter(t *testing.T) {
	b, _, dir := place(t)
	signals := changes(t, b)
	script := exec.Command("sh", "-ec", `
		printf '\357\273\277{"TEXT":"by mv","type":"36","BUTTONS":"Now\\nLater","mask":"0"}' > inbox/.a.tmp
		mv inbox/.a.tmp inbox/Moved.JSON
		printf '{"text":"by link"}' > linked.tmp
		ln linked.tmp inbox/linked.json
		rm linked.tmp
		printf '{"text":"by cp"}' > source
		cp source inbox/copied.tmp
		mv inbox/copied.tmp inbox/copied.json`)
	script.Dir = dir
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	wait(t, signals, func() bool {
		ids, err := b.IDs()
		return err == nil && slices.Equal(ids, []string{"copied", "linked", "moved"})
	})
	e, err := b.Get("moved")
	check(t, err)
	if m := e.Message; e.Problem != nil || m.Text != "by mv" || m.Type != 36 || !slices.Equal(m.Buttons, []string{"Now", "Later"}) {
		t.Errorf("got %+v", e)
	}
	check(t, b.Withdraw("moved"))
	if ids, err := b.IDs(); err != nil || len(ids) != 2 {
		t.Errorf("ids %q, %v", ids, err)
	}
}

// A store that never listed finds a foreign spelling too.
func TestSpoolSpelling(t *testing.T) {
	_, _, dir := place(t)
	inbox := filepath.Join(dir, "inbox")
	check(t, os.WriteFile(filepath.Join(inbox, "ABC.json"), []byte(`{"text":"upper"}`), 0o600))
	fresh := func() *mailbox.Mailbox {
		b, err := mailbox.New(mailbox.NewSpool(dir), mailbox.Options{})
		check(t, err)
		return b
	}
	text := func() string {
		e, err := fresh().Get("abc")
		check(t, err)
		return e.Message.Text
	}
	if got := text(); got != "upper" {
		t.Errorf("got %q", got)
	}
	check(t, fresh().Update("abc", question()))
	if got := text(); got != "?" {
		t.Errorf("got %q", got)
	}
	// Of two spellings the folded one counts, whichever came first.
	check(t, os.WriteFile(filepath.Join(inbox, "Abc.json"), []byte(`{"text":"mixed"}`), 0o600))
	if got := text(); got != "?" {
		t.Errorf("got %q", got)
	}
	check(t, os.WriteFile(filepath.Join(inbox, "abc.json"), []byte(`{"text":"lower"}`), 0o600))
	if got := text(); got != "lower" {
		t.Errorf("got %q", got)
	}
	b := fresh()
	if ids, err := b.IDs(); err != nil || !slices.Equal(ids, []string{"abc"}) {
		t.Errorf("ids %q, %v", ids, err)
	}
	check(t, b.Withdraw("abc"))
	if ids, err := b.IDs(); err != nil || len(ids) != 0 {
		t.Errorf("ids %q, %v", ids, err)
	}
}

// What is no regular file is passed over, without blocking, and disturbs
// nothing else.
func TestSpoolOddFiles(t *testing.T) {
	b, _, dir := place(t)
	inbox := filepath.Join(dir, "inbox")
	secret := filepath.Join(dir, "secret")
	check(t, os.WriteFile(secret, []byte(`{"text":"elsewhere"}`), 0o600))
	check(t, unix.Mkfifo(filepath.Join(inbox, "fifo.json"), 0o600))
	check(t, os.Symlink(secret, filepath.Join(inbox, "link.json")))
	check(t, os.Symlink("nowhere", filepath.Join(inbox, "dangling.json")))
	check(t, os.Symlink("/dev/zero", filepath.Join(inbox, "device.json")))
	check(t, os.Mkdir(filepath.Join(inbox, "directory.json"), 0o700))
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	check(t, err)
	defer unix.Close(socket)
	t.Chdir(inbox)
	check(t, unix.Bind(socket, &unix.SockaddrUnix{Name: "socket.json"}))
	check(t, b.Put("good", question()))
	for _, id := range []string{"fifo", "link", "dangling", "device", "directory", "socket"} {
		if _, err := b.Get(id); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if e, err := b.Get("good"); err != nil || e.Problem != nil {
		t.Error(e.Problem, err)
	}
	check(t, b.Sweep())

	for name, data := range map[string][]byte{
		"empty":  {},
		"half":   []byte(`{"text":"?"`),
		"two":    []byte(`{"text":"?"}{}`),
		"list":   []byte(`["text"]`),
		"binary": {0, 1, 2, 0xff},
		"huge":   bytes.Repeat([]byte(" "), 64<<20),
	} {
		check(t, os.WriteFile(filepath.Join(inbox, name+".json"), data, 0o600))
		e, err := b.Get(name)
		var field *protocol.FieldError
		if err != nil || !errors.As(e.Problem, &field) || e.Written.IsZero() {
			t.Errorf("%s: %v, %v", name, e.Problem, err)
		}
	}

	// In the place of a reply it goes when the message is claimed.
	outbox := filepath.Join(dir, "outbox")
	check(t, unix.Mkfifo(filepath.Join(outbox, "good.json"), 0o600))
	check(t, b.Claim("good", protocol.Reply{}))
	check(t, os.Symlink(secret, filepath.Join(outbox, "half.json")))
	check(t, b.Claim("half", protocol.Reply{}))
	check(t, os.Mkdir(filepath.Join(outbox, "two.json"), 0o700))
	check(t, b.Claim("two", protocol.Reply{}))
	if data, err := os.ReadFile(secret); err != nil || string(data) != `{"text":"elsewhere"}` {
		t.Errorf("the file that a link leads to: %q, %v", data, err)
	}
}

// No directory of a mailbox is reached through a link.
func TestSpoolLinkedDirectories(t *testing.T) {
	for _, linked := range []string{"queue", "queue/inbox", "queue/.partial"} {
		root := t.TempDir()
		elsewhere := t.TempDir()
		check(t, os.MkdirAll(filepath.Dir(filepath.Join(root, linked)), 0o700))
		check(t, os.Symlink(elsewhere, filepath.Join(root, linked)))
		b, err := mailbox.New(mailbox.NewSpool(filepath.Join(root, "queue")), mailbox.Options{})
		check(t, err)
		if err := b.Put("a", question()); err == nil {
			t.Errorf("%s: put through a link", linked)
		}
		if files, err := os.ReadDir(elsewhere); err != nil || len(files) != 0 {
			t.Errorf("%s: %v, %v", linked, files, err)
		}
	}
}

// Modes are 0700 and 0600, and wider ones are narrowed.
func TestSpoolModes(t *testing.T) {
	b, _, dir := place(t)
	mode := func(path string, want fs.FileMode) {
		t.Helper()
		info, err := os.Lstat(filepath.Join(dir, path))
		check(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
	check(t, os.Chmod(filepath.Join(dir, "inbox"), 0o777))
	check(t, os.WriteFile(filepath.Join(dir, "inbox", "wide.json"), []byte(`{"text":"?"}`), 0o600))
	check(t, os.Chmod(filepath.Join(dir, "inbox", "wide.json"), 0o666))
	if e, err := b.Get("wide"); err != nil || e.Problem != nil {
		t.Error(e.Problem, err)
	}
	mode("inbox", 0o700)
	mode("inbox/wide.json", 0o600)
	check(t, b.Put("own", question()))
	check(t, b.Claim("own", protocol.Reply{}))
	mode("inbox/own.json", 0o600)
	mode("outbox/own.json", 0o600)
	if files, err := os.ReadDir(filepath.Join(dir, ".partial")); err != nil || len(files) != 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// Another user's directory is refused and his files are not there.
func TestSpoolOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("only root can give files away: nothing tried")
		return
	}
	b, _, dir := place(t)
	file := filepath.Join(dir, "inbox", "theirs.json")
	check(t, os.WriteFile(file, []byte(`{"text":"?"}`), 0o600))
	check(t, os.Chown(file, 4242, 4242))
	if _, err := b.Get("theirs"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	check(t, os.Chown(filepath.Join(dir, "inbox"), 4242, 4242))
	if err := b.Put("a", question()); !errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
}

// The watch survives its directories: deleted, moved away, made again, and
// those above them.
func TestSpoolWatchReopens(t *testing.T) {
	b, _, dir := place(t)
	signals := changes(t, b)
	seen := func(id string) {
		t.Helper()
		drain(signals)
		check(t, b.Put(id, question()))
		wait(t, signals, func() bool { _, err := b.Get(id); return err == nil })
	}
	empty := func(remove error) {
		t.Helper()
		check(t, remove)
		wait(t, signals, func() bool { ids, err := b.IDs(); return err == nil && len(ids) == 0 })
	}
	inbox := filepath.Join(dir, "inbox")
	seen("first")
	empty(os.RemoveAll(inbox))
	seen("deleted")
	empty(os.Rename(inbox, inbox+"-moved"))
	seen("moved")
	empty(os.Rename(dir, dir+"-moved"))
	seen("queue-moved")
	empty(os.Rename(filepath.Dir(dir), filepath.Dir(dir)+"-moved"))
	seen("root-moved")
	empty(os.Rename(dir, dir+"-moved-too"))
	drain(signals)
	check(t, os.MkdirAll(inbox, 0o700))
	check(t, os.WriteFile(filepath.Join(dir, "x"), []byte(`{"text":"?"}`), 0o600))
	check(t, os.Rename(filepath.Join(dir, "x"), filepath.Join(inbox, "again.json")))
	wait(t, signals, func() bool { _, err := b.Get("again"); return err == nil })
}

// A place that cannot be made yet is watched for.
func TestSpoolWatchNotThereYet(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "runtime")
	check(t, os.WriteFile(blocked, nil, 0o600)) // a file where the directory should be
	b, err := mailbox.New(mailbox.NewSpool(filepath.Join(blocked, "deeper", "queue")), mailbox.Options{})
	check(t, err)
	signals := changes(t, b)
	<-signals
	check(t, os.Remove(blocked))
	check(t, os.MkdirAll(filepath.Join(blocked, "deeper", "queue", "inbox"), 0o700))
	check(t, b.Put("a", question()))
	wait(t, signals, func() bool { _, err := b.Get("a"); return err == nil })
}

// What was never put in its place is removed after a time.
func TestSpoolSweepsPartial(t *testing.T) {
	b, s, dir := place(t)
	check(t, b.Put("kept", question()))
	left := []string{filepath.Join(dir, ".partial", "left"), filepath.Join(dir, "inbox", "left.tmp")}
	for _, file := range left {
		check(t, os.WriteFile(file, []byte("{"), 0o600))
	}
	check(t, b.Sweep())
	for _, file := range left {
		if _, err := os.Lstat(file); err != nil {
			t.Error(err)
		}
	}
	later, err := mailbox.New(s, mailbox.Options{Now: func() time.Time { return time.Now().Add(11 * time.Minute) }})
	check(t, err)
	check(t, later.Sweep())
	for _, file := range left {
		if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if ids, err := b.IDs(); err != nil || len(ids) != 1 {
		t.Errorf("ids %q, %v", ids, err)
	}
}

// A directory with something in it cannot be put away, and is neither a claim
// nor a monitor.
func TestSpoolFullDirectory(t *testing.T) {
	b, _, dir := place(t)
	for _, in := range []string{"outbox/a.json", "monitor/0.json"} {
		check(t, os.MkdirAll(filepath.Join(dir, in, "full"), 0o700))
	}
	check(t, b.Put("b", question()))
	if err := b.Claim("a", protocol.Reply{}); err == nil || errors.Is(err, mailbox.ErrClaimed) {
		t.Errorf("claim: %v", err)
	}
	var attended *mailbox.AttendedError
	if _, err := b.Attend("0", protocol.Presence{}); err == nil || errors.As(err, &attended) {
		t.Errorf("attend: %v", err)
	}
	check(t, b.Claim("b", protocol.Reply{}))
}

// Whoever holds the lock and does not let go is in the way of a take-over only,
// and of that not for ever.
func TestSpoolLockHeld(t *testing.T) {
	_, s, dir := place(t)
	b, err := mailbox.New(s, mailbox.Options{
		Self:    process.ID{Pid: 1, Started: "1"},
		Running: func(id process.ID) bool { return id.Pid != 3 },
	})
	check(t, err)
	lock, err := os.Create(filepath.Join(dir, "outbox", ".lock"))
	check(t, err)
	defer lock.Close()
	check(t, unix.Flock(int(lock.Fd()), unix.LOCK_EX))
	for id, reply := range map[string]string{
		"spent":  `{"ready":true,"status":"answered","button":6}`,
		"others": `{"status":"shown","pid":2,"started":"2"}`,
		"ours":   `{"status":"shown","pid":1,"started":"1"}`,
		"void":   `{"status":"shown","pid":3,"started":"3"}`,
	} {
		check(t, os.WriteFile(filepath.Join(dir, "outbox", id+".json"), []byte(reply), 0o600))
	}
	for id, want := range map[string]error{
		"free": nil, "spent": mailbox.ErrSpent, "others": mailbox.ErrClaimed, "ours": mailbox.ErrClaimed, "void": unix.EWOULDBLOCK,
	} {
		if err := b.Claim(id, protocol.Reply{}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", id, err, want)
		}
	}
	check(t, unix.Flock(int(lock.Fd()), unix.LOCK_UN))
	check(t, b.Claim("void", protocol.Reply{}))
}

//go:build linux

package foreign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What a program of the user's, hostile or clumsy, may put into his mailbox.
// Whatever can be read and is no message is rejected with a reason; what cannot
// is left as it is; nobody else's message suffers.
func TestJunkDisturbsNobody(t *testing.T) {
	b := newBox(t)
	m := attend(t, linuxMonitor(b.runtime, b.queue, script(t, `{"match":"good","button":"Yes"}`)))
	victim := filepath.Join(t.TempDir(), "victim")
	b.write(victim, `{"text":"good"}`)
	untouched := map[string]func() string{victim: b.look(victim), "/etc/passwd": b.look("/etc/passwd")}
	rejected := map[string]string{}

	const many = 500
	for i := range many {
		if i == many/2 {
			b.put("good.json", `{"text":"good","type":4}`)
		}
		j := junk[i%len(junk)]
		id := fmt.Sprintf("junk-%03d", i)
		file := filepath.Join(b.inbox, id+".json")
		if j.name != "" {
			file = filepath.Join(b.inbox, fmt.Sprintf(j.name, i))
		}
		if j.make != nil {
			if !j.make(b, file, victim) {
				continue
			}
			untouched[file] = b.look(file)
			continue
		}
		b.put(filepath.Base(file), j.text)
		if j.reason != "" {
			rejected[id] = j.reason
		} else {
			untouched[file] = b.look(file)
		}
	}
	b.put("last.json", `{"text":"good","type":4}`)

	for _, id := range []string{"good", "last"} {
		if r := b.reply(id); r.Status != "answered" || r.Choice != "Yes" {
			t.Errorf("%s: got %+v, want it answered", id, r)
		}
	}
	for id, reason := range rejected {
		if r := b.reply(id); r.Status != "rejected" || !strings.Contains(r.Error, reason) || len(r.Error) > 300 {
			t.Errorf("%s: got %+v, want it rejected: %s", id, r, reason)
		}
	}
	if replies := files(t, b.outbox); len(replies) != len(rejected)+2 {
		t.Errorf("%d replies, want %d", len(replies), len(rejected)+2)
	}
	for file, look := range untouched {
		if got, want := b.look(file)(), look(); got != want {
			t.Errorf("%s was touched: it is %s, and was %s", file, got, want)
		}
	}
	if peak := m.peak(); peak > 64<<20 { // most junk is larger than this together
		t.Errorf("the monitor has needed %d MiB", peak>>20)
	}
}

// junk is every sort of it: text, with the reason for which it is rejected or
// none where it is left alone; or what is made in the place of a file, and is
// left as it is, unless make says that it cannot be made here.
var junk = []struct {
	name   string // of the file, if it is to be an odd one
	text   string
	reason string
	make   func(b *box, file, victim string) bool
}{
	{text: "", reason: "the file is empty"},
	{text: "\x00\x01\x02", reason: "not JSON"},
	{text: "hello", reason: "not JSON"},
	{text: `"text"`, reason: "not a JSON object"},
	{text: `[{"text":"good"}]`, reason: "not a JSON object"},
	{text: `{"text":"good"`, reason: "not JSON"},
	{text: `{"text":"good"} {"text":"good"}`, reason: "more than one JSON object"},
	{text: "\xff\xfe{\x00}\x00", reason: "UTF-16"},
	{text: "{\"text\":\"good \xff\"}", reason: "not written in UTF-8"},
	{text: `{"text":"good \u0000"}`, reason: "field Text: has a NUL"},
	{text: `{"text":"` + strings.Repeat("good ", 2<<20) + `"}`, reason: "larger than 256 KiB"},
	{text: strings.Repeat("\x00", 10<<20), reason: "larger than 256 KiB"},
	{text: `{"text":"` + strings.Repeat("g", 64<<10+1) + `"}`, reason: "field Text: larger than 64 KiB"},
	{text: strings.Repeat("[", 100000), reason: "not a JSON object"},
	{text: `{"text":` + strings.Repeat("[", 100000), reason: "field Text: not JSON"},
	{text: `{"text":"good","x":` + strings.Repeat("[", 100000) + strings.Repeat("]", 100000) + "}", reason: "field x: not JSON"},
	{text: `{"text":"good","x":` + strings.Repeat(`{"y":`, 100000) + "1" + strings.Repeat("}", 100000) + "}", reason: "field x: not JSON"},
	{text: `{"text":"good","type":1e999}`, reason: "field Type: the number 1e999"},
	{text: `{"text":"good","type":` + strings.Repeat("9", 100000) + `}`, reason: "field Type: "},
	{text: `{"text":"good","type":-0.5}`, reason: "field Type: -0.5 is not a whole number"},
	{text: `{"text":"good","timeout":99999999999999999999}`, reason: "field Timeout: "},
	{text: `{"text":"good","type":"4","tYPE":"abc"}`, reason: `field Type: "abc" is not a number`},
	{text: `{"text":"good","Text":{}}`, reason: "field Text: an object is not text"},
	{text: `{"text":"good","` + strings.Repeat("n", 1<<20) + `":1}`, reason: "the message is larger than 256 KiB"},
	{text: `{"text":"good"` + fields(300) + `}`, reason: "301 fields, at most 200 are allowed"},
	{text: `{"text":"good","buttons":["b"` + strings.Repeat(`,"b"`, 64) + `]}`, reason: "field Buttons: 65 items"},
	{text: `{"text":"good","version":2}`, reason: "field Version: 2 is newer"},
	{text: `{"text":"good","kind":"../../bin/sh"}`, reason: "field Kind: "},
	{text: `{"text":"good","kind":"input","pattern":"((a{1000}){1000}){1000}"}`, reason: "field Pattern: "},
	{text: `{"text":"good","kind":"control","command":"rm -rf"}`, reason: "field Command: "},
	{text: `{"text":"good","link":"file:///etc/passwd"}`, reason: "field Link: "},
	{text: `{"text":"good","expires":"soon"}`, reason: "field Expires: "},
	{name: ".hidden-%d.json", text: `{"text":"good"}`},
	{name: "no-extension-%d", text: `{"text":"good"}`},
	{name: "-rf-%d.json", text: `{"text":"good"}`},
	{name: "two words %d.json", text: `{"text":"good"}`},
	{name: "line\nbreak-%d.json", text: `{"text":"good"}`},
	{name: "not\xffutf8-%d.json", text: `{"text":"good"}`},
	{name: "zoë-%d.json", text: `{"text":"good"}`},
	{name: "\u212Aelvin-%d.json", text: `{"text":"good"}`}, // folds to k in Unicode, and not here
	{name: strings.Repeat("long", 60) + "-%d.json", text: `{"text":"good"}`},
	{make: func(_ *box, file, _ string) bool { return unix.Mkfifo(file, 0o600) == nil }},
	{make: func(_ *box, file, _ string) bool { return unix.Mknod(file, unix.S_IFSOCK|0o600, 0) == nil }},
	{make: func(_ *box, file, _ string) bool {
		return unix.Mknod(file, unix.S_IFCHR|0o600, int(unix.Mkdev(1, 5))) == nil
	}}, // only root
	{make: func(_ *box, file, _ string) bool { return os.Mkdir(file, 0o700) == nil }},
	{make: func(_ *box, file, _ string) bool { return os.Symlink("/etc/passwd", file) == nil }},
	{make: func(_ *box, file, victim string) bool { return os.Symlink(victim, file) == nil }},
	{make: func(_ *box, file, _ string) bool { return os.Symlink(file, file) == nil }},
	{make: func(_ *box, file, _ string) bool { return os.Symlink("/nowhere", file) == nil }},
	{make: func(_ *box, file, _ string) bool { return os.Symlink("/dev/zero", file) == nil }},
	{make: unreadable},
	{make: anothers},
}

// unreadable is a file that its owner may not read; root may.
func unreadable(b *box, file, _ string) bool {
	if os.Geteuid() == 0 {
		return false
	}
	b.write(file+".part", `{"text":"good"}`)
	return os.Chmod(file+".part", 0) == nil && os.Rename(file+".part", file) == nil
}

// anothers is a file of another user, which only root can make.
func anothers(b *box, file, _ string) bool {
	if os.Geteuid() != 0 {
		return false
	}
	b.write(file+".part", `{"text":"good"}`)
	return os.Chown(file+".part", 65534, 65534) == nil && os.Rename(file+".part", file) == nil
}

func fields(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"f%d":1`, i)
	}
	return b.String()
}

// What lies in the way of the replies is replaced where it can be, never
// followed, and never keeps another message waiting.
func TestJunkInTheOutbox(t *testing.T) {
	b := newBox(t)
	if err := os.MkdirAll(b.outbox, 0o700); err != nil {
		t.Fatal(err)
	}
	victim := filepath.Join(t.TempDir(), "victim")
	b.write(victim, "precious")
	before := b.look(victim)
	full := filepath.Join(b.outbox, "full.json")
	for _, err := range []error{
		os.Symlink(victim, filepath.Join(b.outbox, "link.json")),
		os.Symlink(filepath.Dir(victim), filepath.Join(b.outbox, "dirlink.json")),
		unix.Mkfifo(filepath.Join(b.outbox, "fifo.json"), 0o600),
		os.Mkdir(filepath.Join(b.outbox, "dir.json"), 0o700),
		os.Mkdir(full, 0o700),
		os.Mkdir(filepath.Join(full, "in-it"), 0o700),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	attend(t, linuxMonitor(b.runtime, b.queue, script(t, `{"button":"Yes"}`)))
	for _, id := range []string{"full", "link", "dirlink", "fifo", "dir", "good"} {
		b.put(id+".json", `{"text":"?","type":4}`)
	}
	for _, id := range []string{"link", "dirlink", "fifo", "dir", "good"} {
		if r := b.reply(id); r.Status != "answered" {
			t.Errorf("%s: got %+v, want it answered", id, r)
		}
	}
	if got, want := b.look(victim)(), before(); got != want {
		t.Errorf("what a link led to was touched: it is %s, and was %s", got, want)
	}
}

// Who holds the lock of a mailbox and does not let go keeps nobody else from
// being answered.
func TestLockThatIsNeverReleased(t *testing.T) {
	b := newBox(t)
	if err := os.MkdirAll(b.outbox, 0o700); err != nil {
		t.Fatal(err)
	}
	lock, err := os.OpenFile(filepath.Join(b.outbox, ".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	b.write(filepath.Join(b.outbox, "spent.json"), `{"ready":true,"status":"answered","button":6}`)
	b.write(filepath.Join(b.outbox, "claimed.json"), fmt.Sprintf(`{"status":"shown","pid":%d}`, os.Getpid()))
	b.write(filepath.Join(b.outbox, "void.json"), `{"status":"shown","pid":2147483647,"started":"0"}`)
	attend(t, linuxMonitor(b.runtime, b.queue, script(t, `{"button":"Yes"}`)))
	for _, id := range []string{"claimed", "spent", "void", "good"} {
		b.put(id+".json", `{"text":"?","type":4}`)
	}
	if r := b.reply("good"); r.Status != "answered" {
		t.Errorf("got %+v, want it answered", r)
	}
}

// box is a user mailbox as somebody sees it who knows the page of the protocol.
type box struct {
	t                             *testing.T
	runtime, queue, inbox, outbox string
}

func newBox(t *testing.T) *box {
	dir, queue := t.TempDir(), "junk"
	b := &box{t, dir, queue, filepath.Join(dir, queue, "inbox"), filepath.Join(dir, queue, "outbox")}
	if err := os.MkdirAll(b.inbox, 0o700); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *box) write(file, text string) {
	b.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// put makes a file in the inbox that is there whole.
func (b *box) put(name, text string) {
	b.t.Helper()
	part := filepath.Join(b.inbox, ".part")
	b.write(part, text)
	if err := os.Rename(part, filepath.Join(b.inbox, name)); err != nil {
		b.t.Fatal(err)
	}
}

// look tells what a file is now: its kind, size and, of one that can be read
// without harm, its content.
func (b *box) look(file string) func() string {
	b.t.Helper()
	info, err := os.Lstat(file)
	if err != nil {
		b.t.Error(err)
		return func() string { return "gone" }
	}
	text := info.Mode().String()
	switch info.Mode().Type() {
	case os.ModeSymlink:
		target, err := os.Readlink(file)
		text += fmt.Sprint(" to ", target, err)
	case 0:
		data, err := os.ReadFile(file)
		if err != nil && !errors.Is(err, os.ErrPermission) {
			b.t.Error(err)
		}
		text += " " + string(data)
	}
	return func() string { return text }
}

type reply struct {
	Ready         bool
	Status        string
	Button        int
	Choice, Error string
}

// reply waits for the final reply to a message.
func (b *box) reply(id string) (r reply) {
	b.t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		b.t.Fatal(err)
	}
	changes := os.NewFile(uintptr(fd), "inotify")
	defer changes.Close()
	if err := changes.SetReadDeadline(time.Now().Add(patience)); err != nil {
		b.t.Fatal(err)
	}
	if err := os.MkdirAll(b.outbox, 0o700); err != nil {
		b.t.Fatal(err)
	}
	if _, err := unix.InotifyAddWatch(fd, b.outbox, unix.IN_CREATE|unix.IN_MOVED_TO); err != nil {
		b.t.Fatal(err)
	}
	for {
		data, err := os.ReadFile(filepath.Join(b.outbox, id+".json"))
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.EISDIR) {
			b.t.Fatal(err)
		}
		if r = (reply{}); json.Unmarshal(data, &r) == nil && r.Ready {
			return r
		}
		if _, err := changes.Read(make([]byte, 64<<10)); err != nil {
			b.t.Fatalf("no reply to %s: %v; it is %+v", id, err, r)
		}
	}
}

// peak is the most memory that the monitor has had so far, in bytes.
func (m *monitor) peak() int {
	m.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.cmd.Process.Pid))
	if err != nil {
		m.t.Fatal(err)
	}
	_, rest, found := bytes.Cut(status, []byte("VmHWM:"))
	kib, err := strconv.Atoi(string(bytes.Fields(append(rest, '0'))[0]))
	if !found || err != nil {
		m.t.Fatalf("no VmHWM in %s", status)
	}
	return kib << 10
}

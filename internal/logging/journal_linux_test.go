package logging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// journald takes entries as the real one does.
type journald struct {
	socket string
	conn   *net.UnixConn
}

func startJournald(t *testing.T) *journald {
	t.Helper()
	// The name of a socket has 107 characters at most.
	dir, err := os.MkdirTemp("", "deskbell-journal-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	j := &journald{socket: filepath.Join(dir, "socket")}
	j.listen(t)
	return j
}

func (j *journald) listen(t *testing.T) {
	t.Helper()
	var err error
	if j.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: j.socket, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.conn.Close() })
}

// next is the next entry, from the datagram or the sealed file that came with
// it, as the fields of the native protocol.
func (j *journald) next(t *testing.T) (fields map[string]string, asFile bool) {
	t.Helper()
	data, rights := make([]byte, 1<<20), make([]byte, 64)
	if err := j.conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, nr, _, _, err := j.conn.ReadMsgUnix(data, rights)
	if err != nil {
		t.Fatal(err)
	}
	data = data[:n]
	if nr > 0 {
		asFile = true
		data = readSealed(t, rights[:nr])
	}
	return parseNative(t, data), asFile
}

func readSealed(t *testing.T, rights []byte) []byte {
	t.Helper()
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		t.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("it sent %v, %v", fds, err)
	}
	file := os.NewFile(uintptr(fds[0]), "entry")
	defer file.Close()
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if want := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL; err != nil || seals != want {
		t.Errorf("the seals are %#x, %v; want %#x", seals, err, want)
	}
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<24))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parseNative(t *testing.T, data []byte) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for len(data) > 0 {
		line, rest, ok := bytes.Cut(data, []byte("\n"))
		if !ok {
			t.Fatalf("it ends with %q", data)
		}
		name, value, plain := strings.Cut(string(line), "=")
		if !plain {
			size := binary.LittleEndian.Uint64(rest)
			value, rest = string(rest[8:8+size]), rest[8+size:]
			if rest[0] != '\n' {
				t.Fatalf("field %s is longer than it says", name)
			}
			rest = rest[1:]
		}
		fields[name], data = value, rest
	}
	return fields
}

func TestJournal(t *testing.T) {
	there := startJournald(t)
	journal, err := openJournal(there.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	log := slog.New(NewHandler(journal, slog.LevelDebug))
	for level, priority := range map[slog.Level]string{slog.LevelDebug: "7", slog.LevelInfo: "6", slog.LevelWarn: "4", slog.LevelError: "3"} {
		log.Log(t.Context(), level, "shown", "id", "a1", "some-thing", "x\ny=z\n")
		fields, asFile := there.next(t)
		if fields["CODE_LINE"] == "" || asFile {
			t.Errorf("it has %q", fields)
		}
		delete(fields, "CODE_LINE")
		want := map[string]string{
			"MESSAGE": `shown id=a1 some-thing="x\ny=z\n"`, "PRIORITY": priority, "SYSLOG_IDENTIFIER": "deskbell",
			"CODE_FILE": "journal_linux_test.go", "DESKBELL_ID": "a1", "DESKBELL_SOME_THING": "x\ny=z\n",
		}
		if len(fields) != len(want) {
			t.Errorf("it has %q", fields)
		}
		for name, value := range want {
			if fields[name] != value {
				t.Errorf("%s is %q, want %q", name, fields[name], value)
			}
		}
	}
}

// TestJournalLarge has an entry that no datagram holds.
func TestJournalLarge(t *testing.T) {
	there := startJournald(t)
	journal, err := openJournal(there.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	message := strings.Repeat("long ", 200_000)
	if err := journal.Write(Entry{Message: message}); err != nil {
		t.Fatal(err)
	}
	if fields, asFile := there.next(t); fields["MESSAGE"] != message || !asFile {
		t.Errorf("it has %d bytes, as a file: %v", len(fields["MESSAGE"]), asFile)
	}
}

// TestJournalRestart has journald start anew, and be away meanwhile: then the
// user's file has the entry.
func TestJournalRestart(t *testing.T) {
	there := startJournald(t)
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	sink, err := openSystem("q", there.socket)
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	path := filepath.Join(os.Getenv("XDG_STATE_HOME"), "deskbell", "q.log")
	for round := range 2 {
		if err := sink.Write(Entry{Message: "here"}); err != nil {
			t.Fatal(err)
		}
		if fields, _ := there.next(t); fields["MESSAGE"] != "here" {
			t.Errorf("it has %q", fields)
		}
		if round > 0 {
			break
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("there is a file already: %v", err)
		}
		if err := errors.Join(there.conn.Close(), os.Remove(there.socket)); err != nil {
			t.Fatal(err)
		}
		if err := sink.Write(Entry{Message: "away"}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), "<![LOG[away unlogged=") {
			t.Errorf("the file has %q, %v", data, err)
		}
		there.listen(t)
	}
}

// TestNoJournal is the file alone, for its user alone.
func TestNoJournal(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_STATE_HOME", dir)
	sink, err := openSystem("q", filepath.Join(dir, "nosuch"))
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(Entry{Message: "x"}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{"deskbell": fs.ModeDir | 0o700, "deskbell/q.log": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
	t.Setenv("XDG_STATE_HOME", "not/absolute")
	t.Setenv("HOME", dir)
	file, err := UserFile("q")
	if want := filepath.Join(dir, ".local/state/deskbell/q.log"); err != nil || file.Path != want {
		t.Errorf("it is %v, %v; want %s", file, err, want)
	}
}

// TestOddFile has a link, or a pipe that nobody reads, where the log should be.
func TestOddFile(t *testing.T) {
	dir := t.TempDir()
	f := &File{Path: filepath.Join(dir, "q.log")}
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lay := range map[string]func() error{
		"link": func() error { return os.Symlink(target, f.Path) },
		"pipe": func() error { return unix.Mkfifo(f.Path, 0o600) },
		"dir":  func() error { return os.Mkdir(f.Path, 0o700) },
	} {
		if err := lay(); err != nil {
			t.Fatal(err)
		}
		if err := f.Write(Entry{Message: "x"}); err == nil {
			t.Errorf("%s: it was written", name)
		}
		if err := os.Remove(f.Path); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(target); err != nil || info.Size() != 0 {
		t.Errorf("the target has %d bytes, %v", info.Size(), err)
	}
}

func TestInJournal(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	var st unix.Stat_t
	if err := unix.Fstat(int(write.Fd()), &st); err != nil {
		t.Fatal(err)
	}
	stream := func(dev, ino uint64) string { return fmt.Sprintf("%d:%d", dev, ino) }
	for value, want := range map[string]bool{
		stream(st.Dev, st.Ino): true, stream(st.Dev, st.Ino+1): false, stream(st.Dev+1, st.Ino): false,
		"": false, ":": false, "x": false,
	} {
		if got := inJournal(write, value); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

package session

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal makes a pseudo terminal of this user's; it returns its name below
// /dev, and the other end.
func terminal(t *testing.T) (line string, screen *os.File) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	screen = os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { screen.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	line = fmt.Sprintf("pts/%d", number)
	// Without a descriptor of its own the other end would be hung up whenever
	// nobody has it open.
	keep, err := os.OpenFile("/dev/"+line, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keep.Close() })
	return line, screen
}

func own() string { return strconv.Itoa(os.Geteuid()) }

func TestWriteTo(t *testing.T) {
	line, screen := terminal(t)
	text := "Back up\x1b[2J\x07 your work\u202e\nnow\t!\u009b"
	n, err := writeTo(t.Context(), "/dev", []string{"pts/0nothing", line}, own(), text)
	if n != 1 || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("on %d terminals, %v", n, err)
	}
	if err := screen.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	read := ""
	for buffer := make([]byte, 1000); !strings.Contains(read, "!"); {
		n, err := screen.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		read += string(buffer[:n])
	}
	// The terminal adds returns of its own.
	if got := strings.TrimSpace(strings.ReplaceAll(read, "\r", "")); got != "Back up[2J your work\nnow !" {
		t.Errorf("written: %q", read)
	}
}

// What is no terminal of the user's is not opened for writing, whatever leads
// there.
func TestWriteToWhatIsNotHis(t *testing.T) {
	line, _ := terminal(t)
	dir := t.TempDir()
	for name, target := range map[string]string{"link": "/dev/" + line, "folder": "/dev/pts"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ dev, line, uid string }{
		{dir, "link", own()},
		{dir, "folder/" + strings.TrimPrefix(line, "pts/"), own()},
		{dir, "file", own()},
		{dir, "pipe", own()},
		{"/dev", "null", own()},
		{"/dev", line, "4711"},
	} {
		if n, _ := writeTo(t.Context(), test.dev, []string{test.line}, test.uid, "x"); n != 0 {
			t.Errorf("%+v: was written to", test)
		}
	}
	if data, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || len(data) > 0 {
		t.Errorf("the file has %q, %v", data, err)
	}
}

// A terminal that its user has stopped holds nobody up.
func TestWriteOnAStoppedTerminal(t *testing.T) {
	line, _ := terminal(t)
	stop, err := unix.Open("/dev/"+line, unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(stop)
	if err := unix.IoctlSetInt(stop, unix.TCXONC, 0); err != nil { // TCOOFF
		t.Fatal(err)
	}
	defer func() {
		if err := unix.IoctlSetInt(stop, unix.TCXONC, 1); err != nil { // TCOON
			t.Error(err)
		}
	}()
	n, err := writeTo(t.Context(), "/dev", []string{line}, own(), strings.Repeat("x", writeLimit))
	if n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("on %d terminals, %v", n, err)
	}
}

func TestForTerminalIsBounded(t *testing.T) {
	if got := forTerminal(strings.Repeat("\n", 1<<20)); len(got) > 2*writeLimit+20 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestLoggedOn(t *testing.T) {
	record := func(kind uint16, line string) []byte {
		r := make([]byte, utmpSize())
		binary.NativeEndian.PutUint16(r, kind)
		copy(r[utmpLineAt:utmpLineAt+utmpLineLen], line)
		return r
	}
	var records []byte
	for _, line := range []string{"tty1", "pts/3", "pts/../x", "/dev/null", "input/mouse0", "..", "pts/", ":0", ""} {
		records = append(records, record(utmpUser, line)...)
	}
	records = append(records, record(8, "pts/9")...) // DEAD_PROCESS
	records = append(records, 1, 2, 3)
	if got := slices.Sorted(maps.Keys(loggedOn(records))); !slices.Equal(got, []string{"pts/3", "tty1"}) {
		t.Errorf("terminals: %q", got)
	}
}

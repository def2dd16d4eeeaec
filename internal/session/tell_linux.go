package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
)

const (
	// writeWait is how long a terminal may take, which its user can stop.
	writeWait = 3 * time.Second
	// writeLimit is how much is written on a terminal, in characters.
	writeLimit = 4000
)

func showBox(context.Context, Session, Box) (int, error) {
	return 0, fmt.Errorf("show a message box: %w", ErrNoWay)
}

func write(ctx context.Context, uid, text string) (int, error) {
	records, err := readSome("/run/utmp")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("look for the terminals of %s: %w", uid, err)
	}
	sessions, err := List(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for the terminals of %s: %w", uid, err)
	}
	lines := loggedOn(records)
	for _, s := range sessions {
		if s.UID == uid && isLine(s.TTY) {
			lines[s.TTY] = true
		}
	}
	return writeTo(ctx, "/dev", slices.Sorted(maps.Keys(lines)), uid, text)
}

// writeTo writes a text to those of the terminals in the folder of devices that
// are the user's. The error is that of the last one that could not be written to.
func writeTo(ctx context.Context, dev string, lines []string, uid, text string) (int, error) {
	var failed error
	written := 0
	for _, line := range lines {
		if ctx.Err() != nil {
			return written, ctx.Err()
		}
		terminal, err := openTerminal(dev, line, uid)
		if errors.Is(err, errNotHis) {
			continue
		}
		if err == nil {
			err = writeOn(terminal, forTerminal(text))
		}
		if err != nil {
			failed = fmt.Errorf("write on terminal %s: %w", line, err)
			continue
		}
		written++
	}
	return written, failed
}

func writeOn(terminal *os.File, text string) error {
	err := terminal.SetWriteDeadline(time.Now().Add(writeWait))
	if err == nil {
		_, err = terminal.WriteString(text)
	}
	return errors.Join(err, terminal.Close())
}

var errNotHis = errors.New("it is no terminal of that user")

// openTerminal opens a terminal that is a user's, and nothing else. No component
// is a link, and a device is opened for writing only once it is known to be his:
// some do something when they are opened.
func openTerminal(dev, line, uid string) (*os.File, error) {
	parent, err := unix.Open(dev, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if dir, name, below := strings.Cut(line, "/"); below {
		folder, err := unix.Openat(parent, dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		_ = unix.Close(parent) // a path is all that it stands for
		if err != nil {
			return nil, err
		}
		parent, line = folder, name
	}
	found, err := unix.Openat(parent, line, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	_ = unix.Close(parent)
	if err != nil {
		return nil, err
	}
	defer unix.Close(found) //nolint:errcheck // the same
	var stat unix.Stat_t
	if err := unix.Fstat(found, &stat); err != nil {
		return nil, err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFCHR || strconv.FormatUint(uint64(stat.Uid), 10) != uid {
		return nil, errNotHis
	}
	fd, err := unix.Open("/proc/self/fd/"+strconv.Itoa(found), unix.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		_ = unix.Close(fd)
		return nil, errNotHis
	}
	return os.NewFile(uintptr(fd), filepath.Join(dev, line)), nil
}

// forTerminal is a text as a terminal in whatever mode shows it: without what
// could steer it, and not too long.
func forTerminal(text string) string {
	var b strings.Builder
	b.WriteString("\r\n")
	n := 0
	for _, r := range text {
		if n++; n > writeLimit {
			b.WriteString("…")
			break
		}
		switch {
		case r == '\n':
			b.WriteString("\r\n")
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r): // Cf: what turns the order of text, and the like
		default:
			b.WriteRune(r)
		}
	}
	b.WriteString("\r\n")
	return b.String()
}

package logging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// journalSocket is where journald takes entries (systemd-journald.service(8)).
const journalSocket = "/run/systemd/journal/socket"

// journalWait is how long journald may take to make room for an entry.
const journalWait = time.Second

// Journal is the journal of systemd, by its native protocol
// (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). An attribute id becomes the
// field DESKBELL_ID.
type Journal struct {
	to   *net.UnixAddr
	conn *net.UnixConn
}

// openJournal returns the journal behind a socket; fs.ErrNotExist where there
// is none.
func openJournal(socket string) (*Journal, error) {
	info, err := os.Stat(socket)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return nil, fmt.Errorf("open the journal: %s is not a socket: %w", socket, fs.ErrNotExist)
	}
	// The socket is not connected, so that it outlives a restart of journald.
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return &Journal{&net.UnixAddr{Name: socket, Net: "unixgram"}, conn}, nil
}

// inJournal reports whether what is written to a file goes to the journal
// already, as JOURNAL_STREAM says of stderr (systemd.exec(5)).
func inJournal(file *os.File, stream string) bool {
	var st unix.Stat_t
	device, inode, ok := strings.Cut(stream, ":")
	return ok && unix.Fstat(int(file.Fd()), &st) == nil &&
		device == strconv.FormatUint(st.Dev, 10) && inode == strconv.FormatUint(st.Ino, 10)
}

// Write sends an entry; one that is too large for a datagram as a sealed file.
// It waits a second at most.
func (j *Journal) Write(e Entry) error {
	data := formatJournal(e)
	if err := j.conn.SetWriteDeadline(time.Now().Add(journalWait)); err != nil {
		return fmt.Errorf("write to the journal: %w", err)
	}
	_, _, err := j.conn.WriteMsgUnix(data, nil, j.to)
	if errors.Is(err, unix.EMSGSIZE) || errors.Is(err, unix.ENOBUFS) {
		err = j.writeFile(data)
	}
	if err != nil {
		return fmt.Errorf("write to the journal: %w", err)
	}
	return nil
}

func (j *Journal) writeFile(data []byte) (err error) {
	fd, err := unix.MemfdCreate("deskbell-journal", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return os.NewSyscallError("memfd_create", err)
	}
	file := os.NewFile(uintptr(fd), "journal entry")
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(data); err != nil {
		return err
	}
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	_, _, err = j.conn.WriteMsgUnix(nil, unix.UnixRights(fd), j.to)
	return err
}

// Close ends the connection.
func (j *Journal) Close() error { return j.conn.Close() }

// formatJournal is an entry as journald takes it.
func formatJournal(e Entry) []byte {
	var b bytes.Buffer
	field(&b, "MESSAGE", e.Text())
	field(&b, "PRIORITY", strconv.Itoa(priority(e.Level)))
	field(&b, "SYSLOG_IDENTIFIER", "deskbell")
	if e.File != "" {
		field(&b, "CODE_FILE", e.File)
		field(&b, "CODE_LINE", strconv.Itoa(e.Line))
	}
	for _, a := range e.Attrs {
		field(&b, fieldName(a.Name), a.Value)
	}
	return b.Bytes()
}

// field writes a field: with its length where it has several lines.
func field(b *bytes.Buffer, name, value string) {
	b.WriteString(name)
	if !strings.Contains(value, "\n") {
		b.WriteString("=" + value + "\n")
		return
	}
	b.WriteByte('\n')
	b.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(value))))
	b.WriteString(value + "\n")
}

// fieldName is the field of an attribute: at most 64 of A-Z, 0-9 and _.
func fieldName(attr string) string {
	name := "DESKBELL_" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, attr)
	return name[:min(len(name), 64)]
}

// priority is the level as syslog(3) numbers it.
func priority(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= slog.LevelInfo:
		return 6
	}
	return 7
}

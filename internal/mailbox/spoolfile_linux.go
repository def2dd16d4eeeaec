package mailbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// readFile reads a file of ours, whole or not at all, without blocking and
// without following a link. What is no regular file is not there.
func (s *Spool) readFile(d *directory, file string) (Record, error) {
	fd, err := s.openIn(d.fd, file, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Record{}, notExist(d, file)
	case errors.Is(err, unix.ELOOP), errors.Is(err, unix.ENXIO), errors.Is(err, unix.EXDEV), errors.Is(err, fs.ErrPermission):
		return Record{}, fmt.Errorf("open %s: %w", filepath.Join(d.path, file), errNoRecord)
	case err != nil:
		return Record{}, fmt.Errorf("open %s: %w", filepath.Join(d.path, file), err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Record{}, fmt.Errorf("stat %s: %w", filepath.Join(d.path, file), err)
	}
	if err := s.believe(d, fd, st); err != nil {
		return Record{}, fmt.Errorf("read %s: %w", filepath.Join(d.path, file), err)
	}
	r := Record{Written: time.Unix(st.Ctim.Unix()), Ready: true}
	data := make([]byte, min(st.Size, protocol.MaxEncoded+1))
	n, err := readFull(fd, data)
	if err != nil {
		return Record{}, fmt.Errorf("read %s: %w", filepath.Join(d.path, file), err)
	}
	r.Fields, err = protocol.ParseJSON(data[:n])
	return r, err
}

// believe returns errNoRecord for an open file that is no regular one or was
// written by somebody else than the rule of its directory says.
func (s *Spool) believe(d *directory, fd int, st unix.Stat_t) error {
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return errNoRecord
	}
	if d.rule == trust.OfUser || d.rule == trust.FromUser {
		if st.Uid != s.uid {
			return errNoRecord
		}
		if err := s.narrow(fd, st.Mode, 0o600); err != nil {
			return fmt.Errorf("narrow its mode: %w", err)
		}
		return nil
	}
	fault, err := s.fault(fd)
	if err == nil && fault != "" {
		err = fmt.Errorf("it %s: %w", fault, errNoRecord)
	}
	return err
}

// errNoRecord tells that something is there that is no record: no regular file,
// or one of somebody else.
var errNoRecord = fmt.Errorf("no regular file of who writes there: %w", fs.ErrNotExist)

// readFull reads until data is full or the file ends.
func readFull(fd int, data []byte) (int, error) {
	for n := 0; ; {
		m, err := unix.Read(fd, data[n:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		n += max(m, 0)
		if err != nil || m <= 0 || n == len(data) {
			return n, err
		}
	}
}

func writeFull(fd int, data []byte) error {
	for len(data) > 0 {
		n, err := unix.Write(fd, data)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		data = data[max(n, 0):]
	}
	return nil
}

func notExist(d *directory, file string) error {
	return &fs.PathError{Op: "open", Path: filepath.Join(d.path, file), Err: fs.ErrNotExist}
}

// write puts fields in a temporary file and has put bring that to its place;
// where put fails, the file is removed.
func (s *Spool) write(box Box, fields protocol.Fields, put func(partial *directory, temporary string) error) error {
	data, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("encode a record: %w", err)
	}
	partial, err := s.open(true, s.partial(box)...)
	if err != nil {
		return err
	}
	defer partial.Close()
	temporary := protocol.NewID()
	fd, err := openat(partial.fd, temporary, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return fmt.Errorf("make a file in %s: %w", partial.path, err)
	}
	err = writeFull(fd, data)
	if err == nil && s.rules != nil {
		if rule := s.rule(append(slices.Clone(s.path), dirOf(box))); rule == trust.ToUser {
			err = rule.File(s.people()).Apply(fd)
		}
	}
	err = errors.Join(err, unix.Close(fd))
	if err == nil {
		err = put(partial, temporary)
	}
	if err != nil {
		_ = unix.Unlinkat(partial.fd, temporary, 0) // the error that counts is the first
		return fmt.Errorf("write a record: %w", err)
	}
	return nil
}

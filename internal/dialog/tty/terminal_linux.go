package tty

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const interrupt = 3 // Ctrl-C

type device struct {
	*os.File
	lines  *bufio.Reader
	before unix.Termios
	mode   unix.Termios
}

// open opens the terminal and makes Ctrl-C end a line instead of sending a
// signal, which would end this whole process. What was typed before the
// question is discarded.
func open(path string) (terminal, error) {
	if path == "" {
		path = "/dev/tty"
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	d := &device{File: os.NewFile(uintptr(fd), path)}
	if err := d.start(fd); err != nil {
		return nil, errors.Join(err, d.File.Close())
	}
	d.lines = bufio.NewReader(d.File)
	return d, nil
}

func (d *device) start(fd int) error {
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return &os.PathError{Op: "tcgetattr", Path: d.Name(), Err: err}
	}
	// To change the terminal from its background would stop this process.
	if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil && group != unix.Getpgrp() {
		return errors.New("not in the foreground of " + d.Name())
	}
	d.before, d.mode = *before, *before
	d.mode.Lflag &^= unix.ISIG
	d.mode.Lflag |= unix.ICANON | unix.ECHO | unix.ECHONL
	d.mode.Iflag |= unix.ICRNL
	d.mode.Cc[unix.VEOL] = interrupt
	return d.set(&d.mode, unix.TCSETSF)
}

// set uses the raw descriptor without making the file blocking.
func (d *device) set(mode *unix.Termios, how uint) error {
	raw, err := d.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = unix.IoctlSetTermios(int(fd), how, mode) }); err != nil {
		return err
	}
	if failed != nil {
		return &os.PathError{Op: "tcsetattr", Path: d.Name(), Err: failed}
	}
	return nil
}

func (d *device) ReadLine() (string, error) {
	var text strings.Builder
	for {
		c, err := d.lines.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return text.String(), io.EOF
		case err != nil:
			return "", err
		case c == interrupt:
			return "", errInterrupted
		case c == '\n':
			return text.String(), nil
		}
		text.WriteByte(c)
	}
}

func (d *device) Echo(on bool) error {
	mode := d.mode
	if !on {
		mode.Lflag &^= unix.ECHO
	}
	return d.set(&mode, unix.TCSETS)
}

func (d *device) Width() int {
	width := 80
	raw, err := d.SyscallConn()
	if err != nil {
		return width
	}
	if err := raw.Control(func(fd uintptr) {
		if size, err := unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			width = int(size.Col)
		}
	}); err != nil {
		return 80
	}
	return width
}

func (d *device) Unblock() error { return d.SetReadDeadline(time.Unix(1, 0)) }

func (d *device) Close() error {
	return errors.Join(d.set(&d.before, unix.TCSETSF), d.File.Close())
}

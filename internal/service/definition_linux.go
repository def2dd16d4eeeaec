package service

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/packaging/linux"
	"github.com/deskbell/deskbell/protocol"
)

const (
	// unitFolder is where an administrator's units are (systemd.unit(5)).
	unitFolder = "/etc/systemd/system"
	// maxUnit is how much of a unit is read, in bytes.
	maxUnit = 64 << 10
)

func (d Definition) name() string {
	if d.Queue == protocol.DefaultQueue {
		return "deskbell.service"
	}
	return "deskbell-" + d.Queue + ".service"
}

func (d Definition) place() string { return filepath.Join(unitFolder, d.name()) }

// unit is the text of its unit.
func (d Definition) unit() (string, error) {
	if !filepath.IsAbs(d.Program) || strings.ContainsFunc(d.Program, func(r rune) bool { return r < ' ' }) {
		return "", fmt.Errorf("%q cannot be the program of a unit", d.Program)
	}
	text, was := linux.Unit, Definition{Queue: linux.UnitQueue, Program: linux.UnitProgram}
	for _, part := range []struct{ old, new string }{
		{"ExecStart=" + was.command(), "ExecStart=" + d.command()},
		{"(queue " + was.Queue + ")", "(queue " + d.Queue + ")"},
		{"/" + was.name() + ".d/", "/" + d.name() + ".d/"},
		{"edit " + strings.TrimSuffix(was.name(), ".service"), "edit " + strings.TrimSuffix(d.name(), ".service")},
	} {
		if strings.Count(text, part.old) != 1 {
			return "", fmt.Errorf("the unit that this program brings has no %q", part.old)
		}
		text = strings.Replace(text, part.old, part.new, 1)
	}
	return text, nil
}

// command is its command line as ExecStart has it (systemd.service(5)).
func (d Definition) command() string {
	words := []string{quoteUnit(d.Program)}
	for _, arg := range d.args() {
		words = append(words, quoteUnit(arg))
	}
	return strings.Join(words, " ")
}

// quoteUnit quotes a word of ExecStart, in which % begins a specifier and $ a
// variable.
func quoteUnit(word string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(word)
	if strings.ContainsAny(word, ` "'\;`) {
		return `"` + quoted + `"`
	}
	return quoted
}

// administrator reports whether this process is root's.
func administrator() error {
	if os.Geteuid() != 0 {
		return unix.EPERM
	}
	return nil
}

func (d Definition) install(ctx context.Context) error {
	text, err := d.unit()
	if err != nil {
		return err
	}
	if err := administrator(); err != nil {
		return &PermissionError{Err: err}
	}
	if err := managed(); err != nil {
		return err
	}
	if is, err := readUnit(d.place()); err != nil || is != text {
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNoFile) {
			return err
		}
		if err := file.ReplaceText(d.place(), text, 0o644); err != nil {
			return err
		}
	}
	if _, err := systemctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	_, err = systemctl(ctx, "enable", "--quiet", d.name())
	return err
}

func (d Definition) uninstall(ctx context.Context) error {
	if err := administrator(); err != nil {
		return &PermissionError{Err: err}
	}
	if _, err := os.Lstat(d.place()); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if managed() != nil {
		// Where nothing runs, the unit and what enabled it are all there is.
		wanted := filepath.Join(unitFolder, "multi-user.target.wants", d.name())
		if err := os.Remove(wanted); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return os.Remove(d.place())
	}
	if err := d.stop(ctx); err != nil {
		return err
	}
	if _, err := systemctl(ctx, "disable", "--quiet", d.name()); err != nil {
		return err
	}
	if err := os.Remove(d.place()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := systemctl(ctx, "daemon-reload"); err != nil {
		return err
	}
	// A unit that failed is remembered; one that did not is unknown by now.
	_, _ = systemctl(ctx, "reset-failed", "--quiet", d.name())
	return nil
}

// errNoFile says that there is something in the unit's place that is none.
var errNoFile = errors.New("it is no file")

func readUnit(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ELOOP) {
		return "", errNoFile // a mask, perhaps
	}
	if err != nil {
		return "", &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(fd), path)
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errNoFile
	}
	if err != nil {
		return "", errors.Join(err, file.Close())
	}
	data, err := io.ReadAll(io.LimitReader(file, maxUnit))
	return string(data), errors.Join(err, file.Close())
}

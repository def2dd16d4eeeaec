package setup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/file"
)

// machineDir is where entries for everybody are (Desktop Application Autostart
// Specification, with the default of XDG_CONFIG_DIRS).
const machineDir = "/etc/xdg/autostart"

// maxEntry is how much of an entry is read, in bytes.
const maxEntry = 64 << 10

func (a Autostart) dir() (string, error) {
	if a.Machine {
		return machineDir, nil
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "autostart"), err
}

// path is the file of the entry.
func (a Autostart) path() (string, error) {
	dir, err := a.dir()
	return filepath.Join(dir, "deskbell-"+a.Queue+".desktop"), err
}

// Place is the path of the file.
func (a Autostart) Place() string {
	path, err := a.path()
	if err != nil {
		return err.Error()
	}
	return path
}

// text is a desktop entry (Desktop Entry Specification 1.5).
func (a Autostart) text() (string, error) {
	if !filepath.IsAbs(a.Program) || strings.ContainsFunc(a.Program, func(r rune) bool { return r < ' ' }) || strings.Contains(a.Program, "=") {
		return "", fmt.Errorf("%q cannot be the program of a desktop entry", a.Program)
	}
	command := []string{quoteExec(a.Program)}
	for _, arg := range a.args() {
		command = append(command, quoteExec(arg))
	}
	return "[Desktop Entry]\n" +
		"Type=Application\n" +
		"Name=Deskbell " + a.Queue + "\n" +
		"TryExec=" + escapeString(a.Program) + "\n" +
		"Exec=" + escapeString(strings.Join(command, " ")) + "\n" +
		"Terminal=false\n" +
		"NoDisplay=true\n" +
		"X-GNOME-Autostart-enabled=true\n", nil
}

// quoteExec quotes an argument of Exec, whose % begins a field code.
func quoteExec(arg string) string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`).Replace(arg)
	if quoted == arg && !strings.ContainsAny(arg, " '><~|&;*?#()") {
		return arg
	}
	return `"` + quoted + `"`
}

// escapeString escapes a value of the type string, which is read before the
// quotes of Exec are.
func escapeString(s string) string { return strings.ReplaceAll(s, `\`, `\\`) }

// permitted reports whether the folder, or that in which it would be made, may
// be written.
func (a Autostart) permitted() error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	for {
		err := unix.Faccessat(unix.AT_FDCWD, dir, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
		if !errors.Is(err, fs.ErrNotExist) || dir == filepath.Dir(dir) {
			if err != nil {
				return &os.PathError{Op: "write", Path: dir, Err: err}
			}
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

func (a Autostart) read() (string, error) {
	path, err := a.path()
	if err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxEntry))
	return string(data), errors.Join(err, file.Close())
}

// write replaces the file whole or not at all.
func (a Autostart) write(text string) error {
	path, err := a.path()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return file.ReplaceText(path, text, 0o644)
}

func (a Autostart) remove() error {
	path, err := a.path()
	if err != nil {
		return err
	}
	return os.Remove(path)
}

//go:build linux

package bed

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// endWine ends the server of the prefix $BED and what it knows, then what it did
// not: a program that has just begun waits for an answer of the server for ever
// when that ends meanwhile, and keeps what it writes to open. It is told by its
// environment, which the shell itself does not have.
const endWine = `
WINEPREFIX="$BED" wineserver -k
WINEPREFIX="$BED" wineserver -w
while left=$(grep -lzsxF "WINEPREFIX=$BED" /proc/[0-9]*/environ); [ -n "$left" ]; do
	for process in $left; do
		process=${process#/proc/}
		kill -KILL "${process%/environ}"
	done
done
rm -rf "$BED"`

// Wine is a Windows of a test's own: a throwaway copy of the base prefix,
// booted.
type Wine struct {
	dir    string
	env    []string
	keeper *keeper
}

// Settings are registry values of HKEY_CURRENT_USER in the form of Wine's
// registry files: by key, lines such as `"LogPixels"=dword:00000090`.
type Settings map[string]string

// NewWine boots a Wine whose windows open on a display and ends it, and all
// that runs in it, with the test.
func NewWine(t testing.TB, d *Display, more Settings) *Wine {
	t.Helper()
	w, err := BootWine(d.Name, more)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error("end Wine: ", err)
		}
	})
	return w
}

// BootWine boots a Wine. Where display is empty, windows open nowhere but
// behave as if they did. The caller closes it; if he dies, it closes itself.
func BootWine(display string, more Settings) (*Wine, error) {
	if err := os.MkdirAll(Build(".wine"), 0o755); err != nil {
		return nil, err
	}
	// Not in the temporary directory: files of the base are linked to, not copied.
	dir, err := os.MkdirTemp(Build(".wine"), "run-")
	if err != nil {
		return nil, err
	}
	settings := Settings{`Software\Wine\Drivers`: `"Graphics"="null"`}
	env := wineEnv(dir)
	if display != "" {
		// A process that is started with the environment of the user finds it there.
		settings = Settings{"Environment": `"DISPLAY"="` + display + `"`}
		env = append(env, "DISPLAY="+display)
	}
	w := &Wine{dir: dir, env: env}
	w.keeper, err = keep("", endWine, append(withoutWine(), "BED="+dir))
	if err != nil {
		return nil, err
	}
	err = base(func(prefix string) error { return copyPrefix(prefix, dir) })
	for _, s := range []Settings{settings, more} {
		if err == nil {
			err = s.append(filepath.Join(dir, "user.reg"))
		}
	}
	// The server stays between programs. It is booted now, apart from us:
	// whatever boots it has its output kept open by the servers it starts.
	for _, program := range [][]string{{"wineserver", "-p"}, {"wine", "wineboot"}, {"wine", `C:\windows\desktop.exe`}} {
		if err == nil {
			err = runQuietly(env, program...)
		}
	}
	if err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("boot Wine: %w", err)
	}
	return w, nil
}

// Close ends everything that runs in it and removes it.
func (w *Wine) Close() error { return w.keeper.close() }

// Command is a Windows program. Ended by a signal, it ends at once.
func (w *Wine) Command(program string, args ...string) *exec.Cmd {
	cmd := wineCommand(append([]string{"wine", program}, args...)...)
	cmd.Env = append([]string(nil), w.env...)
	return cmd
}

// wineCommand is a program of Wine's, with its memory where it is every time.
// Wine 8 maps a page at a fixed address, where Linux puts the heap of one process
// in some thousands: that one dies as it starts ("failed to map the shared user
// data"), and whoever started it is told of an internal error. What it starts
// is as itself. Where this is forbidden, as it may be in a container, it is left
// to chance.
func wineCommand(args ...string) *exec.Cmd {
	if exec.Command("setarch", "-R", "true").Run() == nil {
		args = append([]string{"setarch", "-R"}, args...)
	}
	return exec.Command(args[0], args[1:]...)
}

// Path is what a Windows program calls a file.
func Path(file string) string { return `Z:` + strings.ReplaceAll(file, "/", `\`) }

// File is where a file of its drive C: is.
func (w *Wine) File(name string) string {
	return filepath.Join(w.dir, "drive_c", filepath.FromSlash(strings.ReplaceAll(strings.TrimPrefix(name, `C:`), `\`, "/")))
}

// copyPrefix copies what a running Wine writes anew in place, and links to the
// rest.
func copyPrefix(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case filepath.Dir(path) == from && filepath.Ext(path) == ".reg":
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(target, data, 0o644)
		}
		return os.Link(path, target)
	})
}

func (s Settings) append(file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	for key, values := range s {
		if _, err := fmt.Fprintf(f, "\n[%s]\n%s\n", strings.ReplaceAll(key, `\`, `\\`), values); err != nil {
			_ = f.Close()
			return err
		}
	}
	return f.Close()
}

package program

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/internal/process"
)

func fold(name string) string { return name }

// list looks at all that runs.
func (p Patterns) list() ([]Program, error) {
	return each(func(_ int, called []string) bool { return p.match(called...) })
}

// each returns the programs of which the rest says that they are meant, by the
// process and what it is called.
func each(meant func(pid int, called []string) bool) ([]Program, error) {
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var names names
	var found []Program
	for _, dir := range dirs {
		pid, err := strconv.Atoi(dir.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		id, err := process.Of(pid)
		if err != nil {
			continue // ended, or hidden
		}
		about, err := id.About()
		// A script is called by its own name, not by its interpreter's.
		called := []string{about.Image}
		for _, arg := range about.Args[:min(2, len(about.Args))] {
			if filepath.Base(arg) != "" {
				called = append(called, arg)
			}
		}
		if err != nil || about.UID == "" || !meant(pid, called) || !id.Running() {
			continue
		}
		program := Program{ID: id, Image: about.Image, Args: about.Args, UID: about.UID, OfPerson: ofPerson(filepath.Join("/proc", dir.Name()))}
		if program.Name, err = names.of(called); err != nil {
			return nil, err
		}
		found = append(found, program)
	}
	return found, nil
}

// aboutLimit is how much is read of what a process says about itself.
const aboutLimit = 256 << 10

// ofPerson reads a directory of /proc.
func ofPerson(proc string) bool {
	group, err := readSome(filepath.Join(proc, "cgroup"))
	if err == nil && strings.Contains(string(group), "/user.slice/") {
		return true
	}
	environ, err := readSome(filepath.Join(proc, "environ"))
	for variable := range bytes.SplitSeq(environ, []byte{0}) {
		name, value, _ := strings.Cut(string(variable), "=")
		if err == nil && value != "" && (name == "DISPLAY" || name == "WAYLAND_DISPLAY") {
			return true
		}
	}
	return false
}

func readSome(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, aboutLimit))
}

// closePolitely sends SIGTERM.
func closePolitely(p Program) error {
	err := p.Terminate(func(about process.About) error {
		if about.UID != p.UID {
			return errors.New("it is somebody else's by now")
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

package program

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Limits of what is read of one process, which may be anybody's.
const (
	mapsLimit  = 4 << 20
	filesLimit = 10_000
)

func using(dir string) ([]Program, error) {
	below := func(path string) bool {
		return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
	}
	return each(func(pid int, _ []string) bool { return uses("/proc/"+strconv.Itoa(pid), below) })
}

// uses reports whether a process has a path that is below: its program, its
// directory, what it has open or mapped.
func uses(proc string, below func(path string) bool) bool {
	for _, link := range []string{"exe", "cwd"} {
		if path, err := os.Readlink(filepath.Join(proc, link)); err == nil && below(path) {
			return true
		}
	}
	return hasOpen(filepath.Join(proc, "fd"), below) || hasMapped(filepath.Join(proc, "maps"), below)
}

func hasOpen(dir string, below func(path string) bool) bool {
	files, err := os.Open(dir)
	if err != nil {
		return false
	}
	defer files.Close()
	names, _ := files.Readdirnames(filesLimit) // it may have ended meanwhile
	for _, name := range names {
		if path, err := os.Readlink(filepath.Join(dir, name)); err == nil && below(path) {
			return true
		}
	}
	return false
}

// hasMapped reads /proc/<pid>/maps, in which a path comes last, behind five fields.
func hasMapped(name string, below func(path string) bool) bool {
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	lines := bufio.NewScanner(io.LimitReader(file, mapsLimit))
	for lines.Scan() {
		if i := strings.IndexByte(lines.Text(), '/'); i >= 0 && below(strings.TrimSuffix(lines.Text()[i:], " (deleted)")) {
			return true
		}
	}
	return false
}

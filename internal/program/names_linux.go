package program

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// entries are where the system has the entries of its menus. What a person has
// himself is not looked at: he could call a program what he likes.
var entries = []string{"/usr/share/applications", "/usr/local/share/applications"}

// entryLimit is how much of an entry is read.
const entryLimit = 64 << 10

// names are what programs are called in the system's menus, by the names of their
// files. They are read when they are first needed.
type names struct{ byFile map[string]string }

// of is what a program is called that has these names, the file's first.
func (n *names) of(called []string) (string, error) {
	if n.byFile == nil {
		n.byFile = map[string]string{}
		for _, dir := range entries {
			if err := n.read(dir); err != nil {
				return "", err
			}
		}
	}
	for _, file := range called {
		if name := n.byFile[filepath.Base(file)]; name != "" {
			return name, nil
		}
	}
	return filepath.Base(called[0]), nil
}

func (n *names) read(dir string) error {
	files, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range files {
		if filepath.Ext(f.Name()) != ".desktop" {
			continue
		}
		file, err := os.Open(filepath.Join(dir, f.Name()))
		if err != nil {
			continue // a link to nothing, say
		}
		program, name := readEntry(io.LimitReader(file, entryLimit))
		if err := file.Close(); err != nil {
			return err
		}
		if program != "" && n.byFile[program] == "" {
			n.byFile[program] = name
		}
	}
	return nil
}

// readEntry reads the name of a program and of its file (Desktop Entry
// Specification, "Desktop Entry": Name and Exec).
func readEntry(r io.Reader) (program, name string) {
	lines := bufio.NewScanner(r)
	group := ""
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "[") {
			group = line
		}
		key, value, _ := strings.Cut(line, "=")
		if group != "[Desktop Entry]" {
			continue
		}
		switch strings.TrimSpace(key) {
		case "Name":
			name = strings.TrimSpace(value)
		case "Exec":
			if words := strings.Fields(value); len(words) > 0 {
				program = filepath.Base(strings.Trim(words[0], `"`))
			}
		}
	}
	return program, name
}

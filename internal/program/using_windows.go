package program

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

// mostFiles of a folder are asked about: the Restart Manager is told each of them.
const mostFiles = 10_000

var errManyFiles = fmt.Errorf("it has more than %d files", mostFiles)

func using(dir string) ([]Program, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case len(files) == mostFiles:
			return errManyFiles
		case d.Type().IsRegular():
			files = append(files, path)
		}
		return nil
	})
	if err != nil || len(files) == 0 {
		return nil, err
	}
	pids, err := win.UsersOfFiles(files)
	if err != nil {
		return nil, err
	}
	var found []Program
	for _, pid := range pids {
		var session uint32
		if int(pid) == os.Getpid() || windows.ProcessIdToSessionId(pid, &session) != nil {
			continue
		}
		if program, ok := look(pid, session); ok {
			program.Name = nameOf(program.Image)
			found = append(found, program)
		}
	}
	return found, nil
}

package logging

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

func system(queue string) (Sink, error) {
	file, err := UserFile(queue)
	if !registered() {
		if err != nil {
			return nil, err
		}
		return file, nil
	}
	events, openErr := openEventLog()
	switch {
	case openErr != nil && err != nil:
		return nil, openErr
	case openErr != nil:
		return file, nil
	case err != nil:
		return events, nil
	}
	return Instead(events, file), nil
}

// InSystem reports whether stderr goes to the system's log already: it never
// does here.
func InSystem() bool { return false }

// stateDir is Deskbell's folder in the user's %LOCALAPPDATA%.
func stateDir() (string, error) {
	dir := os.Getenv("LOCALAPPDATA")
	if !filepath.IsAbs(dir) {
		var err error
		if dir, err = windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT); err != nil {
			return "", fmt.Errorf("find the folder for the log: %w", err)
		}
	}
	return filepath.Join(dir, "Deskbell"), nil
}

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/deskbell/deskbell/internal/win"
	"golang.org/x/sys/windows"
)

// agentLogs is where the agent of a distribution system collects logs: Intune's,
// Configuration Manager's, else the folder that is usual for software, which is
// made where it is not there.
func agentLogs() (string, error) {
	data, err := win.ProgramData()
	if err != nil {
		return "", err
	}
	system, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return "", err
	}
	for _, dir := range []string{filepath.Join(data, "Microsoft", "IntuneManagementExtension", "Logs"), filepath.Join(system, "CCM", "Logs")} {
		if _, err := os.Stat(dir); err == nil {
			return dir, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	dir := filepath.Join(system, "Logs", "Software")
	return dir, os.MkdirAll(dir, 0o755)
}

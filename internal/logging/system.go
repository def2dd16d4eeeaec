package logging

import "path/filepath"

// System returns the log that the system keeps for the monitor of a queue, as
// this user: the event log of Windows where Register was called, the journal
// of systemd where there is one; else, and for what these do not take, a file
// of the user's. Nothing is made before the first entry.
func System(queue string) (Sink, error) { return system(queue) }

// UserFile returns the log file of a queue in the user's own folder:
// %LOCALAPPDATA%\Deskbell or $XDG_STATE_HOME/deskbell.
func UserFile(queue string) (*File, error) {
	dir, err := stateDir()
	if err != nil {
		return nil, err
	}
	return &File{Path: filepath.Join(dir, queue+".log"), Component: queue}, nil
}

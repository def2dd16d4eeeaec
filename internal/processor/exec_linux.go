package processor

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// programSuffix ends the name of a program's file.
const programSuffix = ""

// openFolder makes sure that what is opened is a folder: a pipe in its place
// would block.
const openFolder = unix.O_DIRECTORY | unix.O_NONBLOCK

// programFolders are where an administrator puts programs, and where packages
// do.
func programFolders(queue string) ([]string, error) {
	const below = "deskbell/processors"
	return []string{filepath.Join("/usr/local/lib", below, queue), filepath.Join("/usr/lib", below, queue)}, nil
}

// kindOf is the kind that a file handles. A link counts, so that its message
// is answered with why it is refused.
func kindOf(entry fs.DirEntry) (string, bool) {
	if entry.Type()&fs.ModeSymlink != 0 {
		return entry.Name(), true
	}
	info, err := entry.Info()
	if err != nil {
		return "", false // it has gone
	}
	return entry.Name(), info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// kept are the variables that a program gets as they are: who the user is, his
// language, and where his desktop is.
var kept = []string{
	"HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_MESSAGES", "TZ",
	"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "XDG_SESSION_ID", "DBUS_SESSION_BUS_ADDRESS",
}

// environment is that of a program: what the system's own programs need, and
// nothing that makes one load or find others.
func environment(queue string) []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DESKBELL_QUEUE=" + queue}
	for _, name := range kept {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

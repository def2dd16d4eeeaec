package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/protocol"
)

// Where the user mailbox is, docs/protocol.md, "Mailboxes": below
// /run/user/<uid> where that is the user's, else below $XDG_RUNTIME_DIR, else
// in the temporary directory; DESKBELL_RUNTIME_DIR replaces all three.

// runtimeDir returns the directory that is trusted as it is, and what leads
// from there to the user's queues.
func runtimeDir(uid int, users string, getenv func(string) string) (root string, below []string, err error) {
	if dir := getenv("DESKBELL_RUNTIME_DIR"); dir != "" {
		dir, err = filepath.Abs(dir)
		return dir, nil, err
	}
	for _, dir := range []string{filepath.Join(users, strconv.Itoa(uid)), getenv("XDG_RUNTIME_DIR")} {
		if filepath.IsAbs(dir) && belongsTo(dir, uid) {
			return dir, []string{protocol.DefaultQueue}, nil
		}
	}
	name := protocol.DefaultQueue + "-" + strconv.Itoa(uid)
	dir := filepath.Join(os.TempDir(), name)
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.TempDir(), []string{name}, nil
	case err != nil:
		return "", nil, err
	case !info.IsDir() || info.Mode().Perm() != 0o700 || !belongsTo(dir, uid):
		return "", nil, fmt.Errorf("%s is not a directory of user %d with mode 0700: %w", dir, uid, fs.ErrPermission)
	}
	return os.TempDir(), []string{name}, nil
}

func belongsTo(dir string, uid int) bool {
	var st unix.Stat_t
	return unix.Stat(dir, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR && int(st.Uid) == uid
}

// LogonTime returns when the caller's log-on was; false where that is not
// known, as here, where the runtime directory goes with the log-on.
func LogonTime() (time.Time, bool) { return time.Time{}, false }

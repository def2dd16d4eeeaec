package trust

import "fmt"

// UsersExecute returns nil if every user of this computer can read and execute
// the file at path. It goes by what is granted to all of them, and on Linux by
// how the file system is mounted, not by rules of one's own that the system may
// have (AppLocker, SELinux). The error says why not. It does not block, but for
// the disk.
func UsersExecute(path string) error { return usersExecute(path) }

// Rights by which a file is read and executed (winnt.h).
const (
	readData       = 0x1
	execute        = 0x20
	genericExecute = 0x20000000
	genericRead    = 0x80000000
)

// isEveryUser reports whether the SID stands for all who can be at the screen:
// Everyone, INTERACTIVE, Authenticated Users, Users.
func isEveryUser(sid string) bool {
	switch sid {
	case "S-1-1-0", "S-1-5-4", "S-1-5-11", "S-1-5-32-545":
		return true
	}
	return false
}

// usersFault says why users cannot read and execute the file, "" if they can.
// A list is read in its order, in which denials come first.
func (d descriptor) usersFault() string {
	if d.open {
		return ""
	}
	wanted := uint32(readData | execute)
	for _, e := range d.entries {
		if e.flags&inheritOnly != 0 {
			continue
		}
		mask := e.mask
		if mask&genericAll != 0 {
			mask |= readData | execute
		}
		if mask&genericRead != 0 {
			mask |= readData
		}
		if mask&genericExecute != 0 {
			mask |= execute
		}
		switch {
		case e.denies():
			// Whom it denies something is not read, so it may be anybody.
			if mask&wanted != 0 {
				return fmt.Sprintf("has an entry that denies somebody what takes rights %#x", mask&wanted)
			}
		case e.kind == allowed && isEveryUser(e.sid):
			wanted &^= mask
		}
		if wanted == 0 {
			return ""
		}
	}
	return fmt.Sprintf("lets not every user read and execute it (rights %#x)", wanted)
}

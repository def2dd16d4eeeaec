package setup

import (
	"os"
	"strconv"
)

// systemThings are those of the system besides, before the service and after it:
// there are none on Linux.
func (Installation) systemThings() []thing { return nil }
func (Installation) lastThings() []thing   { return nil }

// otherUsers are the uids of the users who have a runtime directory, but for
// the caller.
func otherUsers() []string {
	entries, err := os.ReadDir("/run/user")
	if err != nil {
		return nil // nobody has
	}
	var uids []string
	for _, e := range entries {
		uid, err := strconv.ParseUint(e.Name(), 10, 32)
		if err == nil && int(uid) != os.Geteuid() {
			uids = append(uids, e.Name())
		}
	}
	return uids
}

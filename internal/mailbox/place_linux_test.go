package mailbox_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// somebody is a user who is not there.
const somebody = "54321"

func ownUser(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(os.Geteuid())
}

// newQueue returns a queue of the test's own, in a state directory of its own.
func newQueue(t *testing.T) string {
	t.Helper()
	t.Setenv("DESKBELL_STATE_DIR", filepath.Join(t.TempDir(), "state"))
	return "queue"
}

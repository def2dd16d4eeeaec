package child

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// waitGone waits until the process has ended; a zombie, which is for its new
// parent to reap, has.
func waitGone(t *testing.T, pid string) {
	t.Helper()
	if _, err := strconv.Atoi(pid); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(generous); time.Now().Before(deadline); runtime.Gosched() {
		stat, err := os.ReadFile("/proc/" + pid + "/stat")
		if errors.Is(err, os.ErrNotExist) || strings.Contains(string(stat), ") Z ") {
			return
		}
	}
	t.Fatalf("process %s is still there", pid)
}

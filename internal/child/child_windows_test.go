package child

import (
	"strconv"
	"testing"

	"golang.org/x/sys/windows"
)

// waitGone waits until the process has ended.
func waitGone(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.ParseUint(pid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	process, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(number))
	if err != nil {
		return // there is no such process any more
	}
	defer windows.CloseHandle(process) //nolint:errcheck // read only
	if event, err := windows.WaitForSingleObject(process, uint32(generous.Milliseconds())); event != windows.WAIT_OBJECT_0 {
		t.Fatalf("process %s is still there: %v", pid, err)
	}
}

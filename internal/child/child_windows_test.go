package child

import (
	"context"
	"os"
	"strconv"
	"testing"
	"unsafe"

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

// Only until it has been started does a child end with whoever starts it.
func TestChildOutlivesItsParent(t *testing.T) {
	p, err := Start(context.Background(), Command{Path: os.Args[0], Env: append(os.Environ(), actEnv+"=echo")})
	if err != nil {
		t.Fatal(err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	err = windows.QueryInformationJobObject(p.reaper.job.job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	if flags := info.BasicLimitInformation.LimitFlags; err != nil || flags != 0 {
		t.Errorf("the limits of its job are %#x, %v", flags, err)
	}
	p.CloseInput()
	if err := p.Wait(); err != nil {
		t.Error(err)
	}
}

package win

import (
	"os"
	"slices"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// A process that is in a job from its first moment on ends with the job, though it
// has not begun: as where its creator is killed meanwhile, and with him the last
// handle of the job.
func TestProcessEndsWithItsJob(t *testing.T) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	info.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		t.Fatal(err)
	}
	null, err := OpenNull()
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(null) //nolint:errcheck // a handle to nothing
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	started, err := NewProcess{
		Path: self, Args: []string{self, "-test.run=^$"}, Env: os.Environ(), Streams: [3]windows.Handle{null, null, null},
		Job: job, Flags: windows.CREATE_SUSPENDED,
	}.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer windows.CloseHandle(started.Process) //nolint:errcheck // of ours
	defer windows.CloseHandle(started.Thread)  //nolint:errcheck // of ours
	if err := windows.CloseHandle(job); err != nil {
		t.Fatal(err)
	}
	event, err := windows.WaitForSingleObject(started.Process, uint32(time.Minute.Milliseconds()))
	if event != windows.WAIT_OBJECT_0 {
		t.Errorf("it is there still: %d, %v", event, err)
		_ = windows.TerminateProcess(started.Process, 1)
	}
}

func TestEnvironmentBlock(t *testing.T) {
	text := func(env ...string) string {
		t.Helper()
		block, err := environmentBlock(env)
		if err != nil {
			t.Fatal(err)
		}
		return string(slices.Collect(func(yield func(byte) bool) {
			for _, unit := range block {
				if !yield(byte(unit)) {
					return
				}
			}
		}))
	}
	if got, want := text("Path=c;d", "b=1", "A=", "=C:=C:\\x", "\u00fc=\u00fc"), "=C:=C:\\x\x00A=\x00b=1\x00Path=c;d\x00\xfc=\xfc\x00\x00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := text(); got != "\x00\x00" {
		t.Errorf("the empty one is %q", got)
	}
	if _, err := environmentBlock([]string{"a=b\x00c"}); err == nil {
		t.Error("a NUL is taken")
	}
}

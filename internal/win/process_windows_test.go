package win

import (
	"errors"
	"fmt"
	"io"
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

// streamsEnv makes the test binary a process that passes its input on.
const streamsEnv = "DESKBELL_TEST_STREAMS"

func TestMain(m *testing.M) {
	if os.Getenv(streamsEnv) != "" {
		_, _ = io.Copy(os.Stdout, os.Stdin) // what comes of it tells
		fmt.Fprint(os.Stderr, "error")
		return
	}
	os.Exit(m.Run())
}

// Each stream is the one that it was to be, in whatever order their handles are.
func TestStreams(t *testing.T) {
	var ours, theirs [3]*os.File
	for i := range ours {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if ours[i], theirs[i] = r, w; i == 0 {
			ours[i], theirs[i] = w, r
		}
		defer ours[i].Close()
	}
	var streams [3]windows.Handle
	self := windows.CurrentProcess()
	for _, i := range []int{2, 1, 0} {
		err := windows.DuplicateHandle(self, windows.Handle(theirs[i].Fd()), self, &streams[i], 0, true, windows.DUPLICATE_SAME_ACCESS)
		if err != nil {
			t.Fatal(err)
		}
	}
	if slices.IsSorted(streams[:]) {
		t.Fatalf("the handles %v are in order", streams)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	started, err := NewProcess{Path: program, Args: []string{program}, Env: append(os.Environ(), streamsEnv+"=1"), Streams: streams}.Start()
	if err != nil {
		t.Fatal(err)
	}
	for i, h := range append(streams[:], started.Process, started.Thread) {
		if i < len(theirs) {
			err = theirs[i].Close()
		}
		if err = errors.Join(err, windows.CloseHandle(h)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = io.WriteString(ours[0], "input")
	if err = errors.Join(err, ours[0].Close()); err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{1: "input", 2: "error"} {
		if got, err := io.ReadAll(ours[i]); err != nil || string(got) != want {
			t.Errorf("stream %d gives %q, %v; want %q", i, got, err, want)
		}
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

//go:build linux

package bed

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// apartEnv makes a test the process that is apart.
const apartEnv = "DESKBELL_TEST_APART"

// Apart runs the test again in a process with mounts of its own, and with
// whatever namespaces flags name besides (CLONE_NEWPID also has its own /proc),
// and reports whether this is that process: the other one then has its result
// and has nothing left to do. Only root can; others skip the test.
func Apart(t *testing.T, flags uintptr) bool {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can have mounts of its own")
	}
	if os.Getenv(apartEnv) == "" {
		executable, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		args := []string{executable, "-test.run=^" + t.Name() + "$"}
		if testing.Verbose() {
			args = append(args, "-test.v")
		}
		if flags&syscall.CLONE_NEWPID != 0 {
			// The first process has to collect those that others leave.
			args = append([]string{"/bin/sh", "-c", `"$0" "$@"; exit $?`}, args...)
		}
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), apartEnv+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | flags, Pdeathsig: syscall.SIGKILL}
		// Its parent's death, for the kernel, is that of the thread that started it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v: %s", err, out)
		} else if testing.Verbose() {
			t.Logf("%s", out)
		}
		return false
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal("make the mounts private: ", err)
	}
	if flags&syscall.CLONE_NEWPID != 0 {
		if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
			t.Fatal("mount /proc: ", err)
		}
	}
	return true
}

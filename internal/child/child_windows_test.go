package child

import (
	"fmt"
	"os"
	"os/exec"
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

// A child that is bound ends with whoever has started it, another does not.
func TestChildOfOneThatIsKilled(t *testing.T) {
	for act, survives := range map[string]bool{"starter": true, "bound": false} {
		t.Run(act, func(t *testing.T) {
			starter := exec.Command(os.Args[0])
			starter.Env = append(os.Environ(), actEnv+"="+act)
			out, err := starter.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := starter.Start(); err != nil {
				t.Fatal(err)
			}
			defer starter.Wait() //nolint:errcheck // it is killed
			var pid uint32
			_, err = fmt.Fscan(out, &pid)
			if err != nil {
				_ = starter.Process.Kill()
				t.Fatal(err)
			}
			child, err := windows.OpenProcess(windows.SYNCHRONIZE|windows.PROCESS_TERMINATE, false, pid)
			if err != nil {
				t.Fatal(err)
			}
			defer windows.CloseHandle(child) //nolint:errcheck // of ours
			if err := starter.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = starter.Wait() // it is killed
			if !survives {
				waitGone(t, strconv.FormatUint(uint64(pid), 10))
				return
			}
			if event, err := windows.WaitForSingleObject(child, 500); event != uint32(windows.WAIT_TIMEOUT) {
				t.Errorf("it ended too: %d, %v", event, err)
			}
			if err := windows.TerminateProcess(child, 1); err != nil {
				t.Error(err)
			}
		})
	}
}

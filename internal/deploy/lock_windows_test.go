package deploy

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/windows"
)

func TestBusy(t *testing.T) {
	name := fmt.Sprintf(`Global\_DeskbellTest%d`, os.Getpid())
	is := func(program, want string) {
		t.Helper()
		if busy, err := (Locks{Program: program, mutex: name}).Busy(); err != nil || busy != want {
			t.Errorf("%s: %q, %v, want %q", program, busy, err, want)
		}
	}
	is("", "")
	text, err := windows.UTF16PtrFromString(name)
	check(t, err)
	mutex, err := windows.CreateMutex(nil, false, text)
	check(t, err)
	defer windows.CloseHandle(mutex)
	is("", "")
	taken, release := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		_, err := windows.WaitForSingleObject(mutex, windows.INFINITE)
		taken <- err
		<-release
		taken <- windows.ReleaseMutex(mutex)
	}()
	check(t, <-taken)
	const busy = "another installation is under way (Windows Installer)"
	is("", busy)
	is(`C:\Windows\System32\msiexec.exe`, busy)
	is("MSIEXEC", busy)
	is(`C:\setup.exe`, "")
	close(release)
	check(t, <-taken)
	is("", "")
}

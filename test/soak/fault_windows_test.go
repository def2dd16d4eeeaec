package soak

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox/mailboxtest"
)

// As many as Wine takes a minute for: one process of it does the registry's work
// of all.
const (
	manySenders, manyPrograms = 200, 10
	fullInbox                 = 1000
)

var (
	kernel32             = windows.NewLazySystemDLL("kernel32.dll")
	ntdll                = windows.NewLazySystemDLL("ntdll.dll")
	getProcessMemoryInfo = kernel32.NewProc("K32GetProcessMemoryInfo")
	suspendProcess       = ntdll.NewProc("NtSuspendProcess")
	resumeProcess        = ntdll.NewProc("NtResumeProcess")
)

// memoryCounters is PROCESS_MEMORY_COUNTERS.
type memoryCounters struct {
	size, faults uint32
	peak         uintptr
	_            [7]uintptr
}

// peak is the most memory that a process took, in KiB.
func peak(t *testing.T, p *os.Process) int {
	t.Helper()
	counters := memoryCounters{size: uint32(unsafe.Sizeof(memoryCounters{}))}
	check(t, with(p, windows.PROCESS_QUERY_INFORMATION, func(h windows.Handle) error {
		if got, _, err := getProcessMemoryInfo.Call(uintptr(h), uintptr(unsafe.Pointer(&counters)), uintptr(counters.size)); got == 0 {
			return fmt.Errorf("ask for the memory of a process: %w", err)
		}
		return nil
	}))
	return int(counters.peak >> 10)
}

func suspend(p *os.Process) error { return changed(p, suspendProcess) }

func resume(p *os.Process) error { return changed(p, resumeProcess) }

func changed(p *os.Process, by *windows.LazyProc) error {
	return with(p, windows.PROCESS_SUSPEND_RESUME, func(h windows.Handle) error {
		if status, _, _ := by.Call(uintptr(h)); status != 0 {
			return fmt.Errorf("%s: %w", by.Name, windows.NTStatus(status))
		}
		return nil
	})
}

// with opens a process for something.
func with(p *os.Process, access uint32, act func(windows.Handle) error) error {
	h, err := windows.OpenProcess(access, false, uint32(p.Pid))
	if err != nil {
		return err
	}
	return errors.Join(act(h), windows.CloseHandle(h))
}

// removeMailbox removes the person's mailbox.
func removeMailbox(*world) error {
	return mailboxtest.DeleteTree(registry.CURRENT_USER, `SOFTWARE\Deskbell\Queues\`+queue)
}

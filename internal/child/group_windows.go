package child

import (
	"fmt"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/windows"
)

// reaper kills the job that a child was started in.
type reaper struct{ *job }

type job struct {
	process windows.Handle

	mu  sync.Mutex     // guards job
	job windows.Handle // 0 once it is closed
}

var resumeProcess = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtResumeProcess")

// start starts cmd suspended, puts it into a job of its own and lets it run,
// so that whatever it starts is in the job too.
func start(cmd *exec.Cmd) (reaper, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{
		CreationFlags: windows.CREATE_SUSPENDED | windows.CREATE_NO_WINDOW,
	}
	handle, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return reaper{}, fmt.Errorf("create a job: %w", err)
	}
	if err := cmd.Start(); err != nil {
		_ = windows.CloseHandle(handle)
		return reaper{}, err
	}
	j := &job{job: handle}
	if err := j.adopt(uint32(cmd.Process.Pid)); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		j.close()
		return reaper{}, err
	}
	return reaper{j}, nil
}

func (j *job) adopt(pid uint32) error {
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE | windows.PROCESS_SUSPEND_RESUME | windows.SYNCHRONIZE
	process, err := windows.OpenProcess(access, false, pid)
	if err != nil {
		return fmt.Errorf("open the process: %w", err)
	}
	j.process = process
	if err := windows.AssignProcessToJobObject(j.job, process); err != nil {
		return fmt.Errorf("put the process into its job: %w", err)
	}
	// NtResumeProcess, because os/exec keeps no handle of the thread.
	if status, _, _ := resumeProcess.Call(uintptr(process)); status != 0 {
		return fmt.Errorf("resume the process: status %#x", status)
	}
	return nil
}

// await blocks until the child has ended.
func (j *job) await() {
	_, _ = windows.WaitForSingleObject(j.process, windows.INFINITE)
	j.close()
}

// kill kills all that is in the job.
func (j *job) kill() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.job != 0 {
		// It may have ended already.
		_ = windows.TerminateJobObject(j.job, 1)
	}
}

func (j *job) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.process != 0 {
		_ = windows.CloseHandle(j.process)
	}
	_ = windows.CloseHandle(j.job)
	j.process, j.job = 0, 0
}

package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/win"
)

// reaper kills the job that a child was started in.
type reaper struct{ *job }

type job struct {
	process windows.Handle

	mu  sync.Mutex     // guards job
	job windows.Handle // 0 once it is closed
}

// start starts cmd, whose streams are files, in a job of its own from its first
// moment on, so that whatever it starts is in the job too. Should this process be
// killed before it knows of the child, or later of one that is bound, the job is
// closed with it and the child is killed: nobody would ever end it.
func start(cmd *exec.Cmd, bound bool) (r reaper, err error) {
	if cmd.Err != nil {
		return r, cmd.Err
	}
	handle, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return r, fmt.Errorf("create a job: %w", err)
	}
	j := &job{job: handle}
	defer func() {
		if err != nil {
			j.close()
		}
	}()
	if err := j.limit(windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err != nil {
		return r, err
	}
	streams, err := inheritable(cmd.Stdin, cmd.Stdout, cmd.Stderr)
	defer func() {
		for _, h := range streams {
			if h != 0 {
				_ = windows.CloseHandle(h)
			}
		}
	}()
	if err != nil {
		return r, err
	}
	started, err := win.NewProcess{
		Path: cmd.Path, Dir: cmd.Dir, Args: cmd.Args, Env: cmd.Environ(),
		Streams: streams, Job: handle, Flags: windows.CREATE_NO_WINDOW,
	}.Start()
	if err != nil {
		return r, &os.PathError{Op: "start", Path: cmd.Path, Err: err}
	}
	j.process = started.Process
	_ = windows.CloseHandle(started.Thread)
	cmd.Process, err = os.FindProcess(int(started.ProcessId))
	if err == nil && !bound {
		err = j.limit(0) // from now on it goes on when this process ends
	}
	if err != nil {
		j.kill()
		return r, fmt.Errorf("take the process over: %w", err)
	}
	return reaper{j}, nil
}

// inheritable opens streams again so that a child may have them; nil is NUL.
func inheritable(streams ...any) (opened [3]windows.Handle, err error) {
	for i, stream := range streams {
		file, is := stream.(*os.File)
		switch {
		case stream == nil:
			opened[i], err = win.OpenNull()
		case is:
			self := windows.CurrentProcess()
			err = windows.DuplicateHandle(self, windows.Handle(file.Fd()), self, &opened[i], 0, true, windows.DUPLICATE_SAME_ACCESS)
		default:
			err = fmt.Errorf("a stream that is no file: %w", errors.ErrUnsupported)
		}
		if err != nil {
			return opened, fmt.Errorf("open its streams: %w", err)
		}
	}
	return opened, nil
}

// limit sets what holds for the job.
func (j *job) limit(flags uint32) error {
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{}
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(j.job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	if err != nil {
		return fmt.Errorf("limit its job: %w", err)
	}
	return nil
}

// await blocks until the child has ended.
func (j *job) await() {
	_, _ = windows.WaitForSingleObject(j.process, windows.INFINITE)
	_ = j.limit(0) // what it leaves running is let be
	j.close()
}

// wait is cmd.Wait, for a child that was not started by cmd.
func wait(cmd *exec.Cmd) (err error) {
	cmd.ProcessState, err = cmd.Process.Wait()
	if err == nil && !cmd.ProcessState.Success() {
		err = &exec.ExitError{ProcessState: cmd.ProcessState}
	}
	return err
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

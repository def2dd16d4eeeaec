package job

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/process"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// folderList is the access list of the folder: administrators alone.
const folderList = "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

// place is below the folder for programs, which users cannot write.
func open(queue string) (Store, error) {
	programs, err := win.ProgramFiles()
	if err != nil {
		return Store{}, err
	}
	check := trust.AdminsOnly
	if win.Wine() { // its one person is the administrator, and all files are his
		check = func(dir string) error { _, err := os.Lstat(dir); return err }
	}
	ours := filepath.Join(programs, "Deskbell")
	jobs := filepath.Join(ours, "jobs")
	return Store{dir: filepath.Join(jobs, queue), way: []string{jobs, ours}, check: check, make: makeFolder}, nil
}

// undisturbed does something to a file that others may be reading this moment,
// which Windows refuses: again and again then, for some seconds.
func undisturbed(do func() error) error {
	const patience, pause = 5 * time.Second, 10 * time.Millisecond
	for end := time.Now().Add(patience); ; time.Sleep(pause) {
		err := do()
		busy := errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION)
		if !busy || time.Now().After(end) {
			return err
		}
	}
}

func makeFolder(dir string) error {
	if _, err := os.Lstat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	list, err := windows.SecurityDescriptorFromString(folderList)
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: list}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	if err := windows.CreateDirectory(name, &attributes); err != nil && !errors.Is(err, fs.ErrExist) {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}

// Start runs a job, by the program, as whoever calls. It returns when it has begun,
// and what waits for its end. It goes on when the caller ends.
func Start(_ context.Context, program, queue string, j Job) (wait func(context.Context) error, err error) {
	command := exec.Command(program, j.Args...)
	if j.Line != "" {
		command.SysProcAttr = &syscall.SysProcAttr{CmdLine: syscall.EscapeArg(program) + " " + j.Line}
	}
	command.Dir = j.Dir
	command.Env = append(os.Environ(), Resumed+"=1", "DESKBELL_QUEUE="+queue)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("run a job: %w", err)
	}
	id, err := process.Of(command.Process.Pid)
	if released := command.Process.Release(); err == nil {
		err = released
	}
	if errors.Is(err, fs.ErrNotExist) {
		return func(context.Context) error { return nil }, nil // it has ended
	}
	return func(ctx context.Context) error { return process.Wait(ctx, id) }, err
}

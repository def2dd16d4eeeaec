package win

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	taskOle32            = windows.NewLazySystemDLL("ole32.dll")
	procCoCreateInstance = taskOle32.NewProc("CoCreateInstance")

	clsidTaskScheduler = windows.GUID{
		Data1: 0x0f87369f, Data2: 0xa4e5, Data3: 0x4cfc,
		Data4: [8]byte{0xbd, 0x3e, 0x73, 0xe6, 0x15, 0x45, 0x72, 0xdd},
	}
	iidTaskService = windows.GUID{
		Data1: 0x2faba4c7, Data2: 0x4da9, Data3: 0x4013,
		Data4: [8]byte{0x96, 0x97, 0x20, 0xcc, 0x3f, 0xd4, 0x0f, 0x85},
	}
)

// HResult is a failure as COM says it. It wraps the Win32 error that it stands
// for, if it stands for one.
type HResult uint32

func (h HResult) Error() string {
	if err := h.Unwrap(); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("HRESULT %#x", uint32(h))
}

func (h HResult) Unwrap() error {
	const facilityWin32 = 0x8007
	if h>>16 == facilityWin32 {
		return windows.Errno(h & 0xffff)
	}
	return nil
}

// Places of methods in their tables (taskschd.h). The first seven are those of
// IDispatch.
const (
	comRelease = 2

	serviceGetFolder = 7
	serviceConnect   = 10

	folderDeleteTask   = 15
	folderRegisterTask = 16

	taskRunEx          = 13
	taskLastTaskResult = 16

	runningState     = 10
	runningRefresh   = 13
	runningEnginePID = 14
)

// comObject is a COM object with its table of methods.
type comObject struct{ methods *[32]uintptr }

func (o *comObject) call(method int, args ...uintptr) error {
	all := append([]uintptr{uintptr(unsafe.Pointer(o))}, args...)
	result, _, _ := syscall.SyscallN(o.methods[method], all...)
	if int32(result) < 0 {
		return HResult(result)
	}
	return nil
}

func (o *comObject) release() { syscall.SyscallN(o.methods[comRelease], uintptr(unsafe.Pointer(o))) }

// variant is a VARIANT that is empty, which in 64-bit calls is passed by its
// address.
type variant struct {
	kind uint16
	_    [3]uint16
	_    [2]uint64
}

// Tasks is the task scheduler of this computer. It belongs to one thread.
type Tasks struct {
	service, folder *comObject
	initialized     bool
}

// OpenTasks connects to the task scheduler. The goroutine has its thread to
// itself until Close.
func OpenTasks() (_ *Tasks, err error) {
	runtime.LockOSThread()
	t := &Tasks{}
	defer func() {
		if err != nil {
			t.Close()
		}
	}()
	const alreadyInitialized = windows.Errno(1) // S_FALSE, to be undone too
	err = windows.CoInitializeEx(0, windows.COINIT_MULTITHREADED)
	t.initialized = err == nil || errors.Is(err, alreadyInitialized)
	const changedMode = windows.Errno(0x80010106) // RPC_E_CHANGED_MODE: by somebody else, which does as well
	if !t.initialized && !errors.Is(err, changedMode) {
		return nil, err
	}
	const inProcess = 1 // CLSCTX_INPROC_SERVER
	result, _, _ := procCoCreateInstance.Call(uintptr(unsafe.Pointer(&clsidTaskScheduler)), 0, inProcess,
		uintptr(unsafe.Pointer(&iidTaskService)), uintptr(unsafe.Pointer(&t.service)))
	if int32(result) < 0 {
		return nil, HResult(result)
	}
	var none [4]variant // this computer, this user
	err = t.service.call(serviceConnect, uintptr(unsafe.Pointer(&none[0])), uintptr(unsafe.Pointer(&none[1])),
		uintptr(unsafe.Pointer(&none[2])), uintptr(unsafe.Pointer(&none[3])))
	if err != nil {
		return nil, err
	}
	root := newBSTR(`\`)
	defer freeString.Call(root)
	if err := t.service.call(serviceGetFolder, root, uintptr(unsafe.Pointer(&t.folder))); err != nil {
		return nil, err
	}
	return t, nil
}

// Close lets the scheduler and the thread go.
func (t *Tasks) Close() {
	for _, o := range []*comObject{t.folder, t.service} {
		if o != nil {
			o.release()
		}
	}
	if t.initialized {
		windows.CoUninitialize()
	}
	runtime.UnlockOSThread()
}

// Task is one that was registered, to be closed.
type Task struct{ object *comObject }

// Register makes a task in the root folder by its definition in XML, for the
// principal named there, who is logged on. There must be none of that name.
func (t *Tasks) Register(name, definition string) (*Task, error) {
	const create, interactiveToken = 2, 3 // TASK_CREATE, TASK_LOGON_INTERACTIVE_TOKEN
	path, text := newBSTR(name), newBSTR(definition)
	defer freeString.Call(path)
	defer freeString.Call(text)
	var none [3]variant // no user, password or access list but those of the definition and the folder
	var task Task
	err := t.folder.call(folderRegisterTask, path, text, create,
		uintptr(unsafe.Pointer(&none[0])), uintptr(unsafe.Pointer(&none[1])), interactiveToken,
		uintptr(unsafe.Pointer(&none[2])), uintptr(unsafe.Pointer(&task.object)))
	if err != nil {
		return nil, err
	}
	return &task, nil
}

// Delete deletes a task. What it has started goes on.
func (t *Tasks) Delete(name string) error {
	path := newBSTR(name)
	defer freeString.Call(path)
	return t.folder.call(folderDeleteTask, path, 0)
}

// RunningTask is one run of a task, to be closed.
type RunningTask struct{ object *comObject }

// Run starts the task in a session as the user with that SID, or where both
// are left out as its principal, wherever that is logged on.
func (t *Task) Run(session uint32, sid string) (*RunningTask, error) {
	const ignoreConstraints, useSession, userSID = 2, 4, 8 // TASK_RUN_FLAGS
	flags := uintptr(ignoreConstraints)
	var user uintptr
	if sid != "" {
		flags |= useSession | userSID
		user = newBSTR(sid)
		defer freeString.Call(user)
	}
	var none variant
	var running RunningTask
	err := t.object.call(taskRunEx, uintptr(unsafe.Pointer(&none)), flags, uintptr(session), user, uintptr(unsafe.Pointer(&running.object)))
	if err != nil {
		return nil, err
	}
	return &running, nil
}

// LastResult is the exit status of the last run, or why there was none.
func (t *Task) LastResult() (uint32, error) {
	var result uint32
	err := t.object.call(taskLastTaskResult, uintptr(unsafe.Pointer(&result)))
	return result, err
}

// Close lets the task go.
func (t *Task) Close() { t.object.release() }

// Pid returns the process of the run once it is under way, 0 before. An error
// means that it is over.
func (r *RunningTask) Pid() (uint32, error) {
	if err := r.object.call(runningRefresh); err != nil {
		return 0, err
	}
	const running = 4 // TASK_STATE_RUNNING
	var state, pid uint32
	if err := r.object.call(runningState, uintptr(unsafe.Pointer(&state))); err != nil {
		return 0, err
	}
	if state != running {
		return 0, nil
	}
	err := r.object.call(runningEnginePID, uintptr(unsafe.Pointer(&pid)))
	return pid, err
}

// Close lets the run go; what it started goes on.
func (r *RunningTask) Close() { r.object.release() }

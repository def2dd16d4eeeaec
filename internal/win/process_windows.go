package win

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"
)

// procThreadAttributeJobList is PROC_THREAD_ATTRIBUTE_JOB_LIST.
const procThreadAttributeJobList = 0x2000D

// NewProcess says how a process is to be started.
type NewProcess struct {
	Path, Dir string // Dir "" = the caller's
	Args      []string
	Env       []string
	Desktop   string        // "" = the caller's
	Token     windows.Token // 0 = as the caller
	// Streams are its standard input, output and error, Handles what it gets
	// besides. All have to be inheritable; it gets no others.
	Streams [3]windows.Handle
	Handles []windows.Handle
	Job     windows.Handle // it is in from its first moment on; 0 = none
	Flags   uint32
}

// Start starts it (CreateProcess, or CreateProcessAsUser with a token). Both
// handles that it returns are for the caller to close.
func (p NewProcess) Start() (started windows.ProcessInformation, err error) {
	attributes, err := windows.NewProcThreadAttributeList(2)
	if err != nil {
		return started, fmt.Errorf("make a list of attributes: %w", err)
	}
	defer attributes.Delete()
	handles := slices.Concat(p.Streams[:], p.Handles)
	slices.Sort(handles)
	handles = slices.Compact(handles) // one that is there twice is refused
	err = attributes.Update(windows.PROC_THREAD_ATTRIBUTE_HANDLE_LIST, unsafe.Pointer(&handles[0]),
		uintptr(len(handles))*unsafe.Sizeof(handles[0]))
	if err != nil {
		return started, fmt.Errorf("make a list of handles: %w", err)
	}
	if p.Job != 0 {
		if err := attributes.Update(procThreadAttributeJobList, unsafe.Pointer(&p.Job), unsafe.Sizeof(p.Job)); err != nil {
			return started, fmt.Errorf("name the job: %w", err)
		}
	}
	startup := windows.StartupInfoEx{ProcThreadAttributeList: attributes.List()}
	startup.Cb = uint32(unsafe.Sizeof(startup))
	startup.Flags = windows.STARTF_USESTDHANDLES
	startup.StdInput, startup.StdOutput, startup.StdErr = p.Streams[0], p.Streams[1], p.Streams[2]
	if p.Desktop != "" {
		if startup.Desktop, err = windows.UTF16PtrFromString(p.Desktop); err != nil {
			return started, err
		}
	}
	path, err := windows.UTF16PtrFromString(p.Path)
	if err != nil {
		return started, err
	}
	line, err := windows.UTF16PtrFromString(windows.ComposeCommandLine(p.Args))
	if err != nil {
		return started, err
	}
	var dir *uint16
	if p.Dir != "" {
		if dir, err = windows.UTF16PtrFromString(p.Dir); err != nil {
			return started, err
		}
	}
	block, err := environmentBlock(p.Env)
	if err != nil {
		return started, err
	}
	flags := p.Flags | windows.CREATE_UNICODE_ENVIRONMENT | windows.EXTENDED_STARTUPINFO_PRESENT
	if p.Token == 0 {
		err = windows.CreateProcess(path, line, nil, nil, true, flags, &block[0], dir, &startup.StartupInfo, &started)
	} else {
		err = windows.CreateProcessAsUser(p.Token, path, line, nil, nil, true, flags, &block[0], dir, &startup.StartupInfo, &started)
	}
	return started, err
}

// OpenNull opens NUL so that a child may inherit it.
func OpenNull() (windows.Handle, error) {
	inherit := windows.SecurityAttributes{InheritHandle: 1}
	inherit.Length = uint32(unsafe.Sizeof(inherit))
	null, err := windows.CreateFile(windows.StringToUTF16Ptr("NUL"), windows.GENERIC_READ|windows.GENERIC_WRITE,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, &inherit, windows.OPEN_EXISTING, 0, 0)
	if err != nil {
		return 0, fmt.Errorf("open NUL: %w", err)
	}
	return null, nil
}

// environmentBlock is an environment as CreateProcess takes it: sorted, each
// variable and the whole with a final NUL.
func environmentBlock(env []string) ([]uint16, error) {
	env = slices.Clone(env)
	slices.SortStableFunc(env, func(a, b string) int { return strings.Compare(strings.ToUpper(a), strings.ToUpper(b)) })
	var block []uint16
	for _, v := range env {
		if strings.ContainsRune(v, 0) {
			return nil, fmt.Errorf("the variable %q of the environment: %w", v, windows.ERROR_INVALID_PARAMETER)
		}
		block = append(append(block, utf16.Encode([]rune(v))...), 0)
	}
	if len(block) == 0 {
		block = append(block, 0)
	}
	return append(block, 0), nil
}

package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// Access lists of what is made: administrators may do everything, users read
// and execute. Nothing is inherited from above.
const (
	folderList = "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)"
	fileList   = "O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;0x1200a9;;;BU)"
)

// system is the store of this computer, in the folder for programs. That is
// asked for, as the environment may say anything.
func system() (*store, error) {
	programs, err := win.ProgramFiles()
	if err != nil {
		return nil, err
	}
	s := &store{
		roots:   []string{filepath.Join(programs, "Deskbell", "run")},
		admin:   isAdmin(),
		trusted: trust.AdminsOnly,
		runs:    trust.UsersExecute,
		open:    os.Open, // a program that runs can be renamed, but not written
		running: runningPrograms,
		now:     time.Now,
	}
	if win.Wine() {
		// It has one person, who is the administrator, and whose all files are.
		s.trusted = exists
		s.runs = exists
	}
	return s, nil
}

func exists(path string) error {
	_, err := os.Stat(path)
	return err
}

func isAdmin() bool {
	sid, err := windows.CreateWellKnownSid(windows.WinBuiltinAdministratorsSid)
	if err != nil {
		return false
	}
	member, err := windows.Token(0).IsMember(sid)
	return err == nil && member
}

// withoutConsole is deskbellw.exe for deskbell.exe, whether it is there or not.
func withoutConsole(self string) string {
	extension := filepath.Ext(self)
	return strings.TrimSuffix(self, extension) + "w" + extension
}

// companions are the programs that this one looks for beside itself.
func companions(self string) []string { return []string{withoutConsole(self)} }

// sameHand reports whether beside belongs to whom self belongs, or to
// administrators. Who may write it is the folder's to say, for both alike.
func sameHand(self, beside string) bool {
	info, err := os.Lstat(beside)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	is, err := owner(self)
	if err != nil {
		return false
	}
	other, err := owner(beside)
	return err == nil && (other.Equals(is) || other.IsWellKnown(windows.WinBuiltinAdministratorsSid) || other.IsWellKnown(windows.WinLocalSystemSid))
}

func owner(path string) (*windows.SID, error) {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return nil, err
	}
	sid, _, err := sd.Owner()
	return sid, err
}

func attributes(list string) (*windows.SecurityAttributes, error) {
	sd, err := windows.SecurityDescriptorFromString(list)
	if err != nil {
		return nil, fmt.Errorf("make an access list: %w", err)
	}
	a := &windows.SecurityAttributes{SecurityDescriptor: sd}
	a.Length = uint32(unsafe.Sizeof(*a))
	return a, nil
}

func makeFolder(dir string) error {
	path, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return err
	}
	list, err := attributes(folderList)
	if err != nil {
		return err
	}
	if err := windows.CreateDirectory(path, list); err != nil {
		return &fs.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	return nil
}

func makeFile(name string) (*os.File, error) {
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	list, err := attributes(fileList)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(path, windows.GENERIC_WRITE, 0, list, windows.CREATE_NEW,
		windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: name, Err: err}
	}
	return os.NewFile(uintptr(handle), name), nil
}

// syncFolder has nothing to do: a folder of Windows cannot be flushed by itself.
func syncFolder(string) error { return nil }

func within(path, dir string) bool {
	prefix := dir + `\`
	return len(path) > len(prefix) && strings.EqualFold(path[:len(prefix)], prefix)
}

// runningPrograms asks every process that says it; those that do not even to
// administrators are the system's own.
func runningPrograms() (programs []string, err error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	defer windows.CloseHandle(snapshot) //nolint:errcheck // opened to look only
	entry := windows.ProcessEntry32{}
	entry.Size = uint32(unsafe.Sizeof(entry))
	programs = []string{}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if path, ok := programOf(entry.ProcessID); ok {
			programs = append(programs, path)
		}
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	return programs, nil
}

func programOf(pid uint32) (string, bool) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return "", false
	}
	defer windows.CloseHandle(process) //nolint:errcheck // opened to look only
	path := make([]uint16, windows.MAX_LONG_PATH)
	size := uint32(len(path))
	if err := windows.QueryFullProcessImageName(process, 0, &path[0], &size); err != nil {
		return "", false
	}
	return windows.UTF16ToString(path[:size]), true
}

package setup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// stateEnvCounts: DESKBELL_STATE_DIR means nothing on Windows.
const stateEnvCounts = false

// programName is what the copy is called, whatever the queue is.
const programName = "deskbell.exe"

// programFolder is in the folder for programs, which administrators alone write.
func programFolder() (base, folder string) {
	dir, err := win.ProgramFiles()
	if err != nil {
		dir = `C:\Program Files`
	}
	base = filepath.Join(dir, "Deskbell")
	return base, base
}

// companion is the program without a console: deskbellw.exe beside
// deskbell.exe.
func companion(program string) string {
	base := filepath.Base(program)
	return filepath.Join(filepath.Dir(program), strings.TrimSuffix(base, filepath.Ext(base))+"w.exe")
}

// windowed is the program to start where no console is to be seen.
func windowed(program string) string {
	if beside := companion(program); isFile(beside) {
		return beside
	}
	return program
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// forEverybody has nothing to do: what is made in the folder inherits its
// access list, by which users execute.
func forEverybody(*os.File) error { return nil }

// openFolder has nothing to do: what is made in the folder for programs inherits
// its access list.
func openFolder(string) error { return nil }

// old is what a program that runs is moved to, so that another can have its
// name.
func old(path string) string { return path + ".old" }

// exchange puts a file in the place of another. One that runs is moved aside,
// and goes with the next restart at the latest.
func exchange(from, to string) error {
	err := os.Rename(from, to)
	if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return err
	}
	if err := os.Remove(old(to)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Rename(to, old(to)); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return errors.Join(err, os.Rename(old(to), to))
	}
	return discard(old(to))
}

// discard removes a file, one that runs with the next restart of Windows.
func discard(path string) error {
	if _, err := os.Lstat(old(path)); err == nil {
		if err := discard(old(path)); err != nil {
			return err
		}
	}
	err := os.Remove(path)
	if !errors.Is(err, windows.ERROR_ACCESS_DENIED) && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return err
	}
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return err
	}
	if err := windows.MoveFileEx(name, nil, windows.MOVEFILE_DELAY_UNTIL_REBOOT); err != nil {
		return &os.PathError{Op: "remove at restart", Path: path, Err: err}
	}
	return nil
}

// discarded reports whether a file goes with the next restart
// (PendingFileRenameOperations of the Session Manager).
func discarded(path string) bool {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, `SYSTEM\CurrentControlSet\Control\Session Manager`, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer key.Close()
	pending, _, err := key.GetStringsValue("PendingFileRenameOperations")
	if err != nil {
		return false
	}
	for _, name := range pending {
		if strings.EqualFold(strings.TrimPrefix(name, `\??\`), path) {
			return true
		}
	}
	return false
}

// openProgram opens a file to be copied. One that runs can be renamed, but not
// written.
func openProgram(path string) (*os.File, error) { return os.Open(path) }

// exchanged reports whether a process was started before its program was put
// where it is, as far as this user may see it.
func exchanged(pid int, path string) bool {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(process)
	var started, ended, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(process, &started, &ended, &kernel, &user); err != nil {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && time.Unix(0, started.Nanoseconds()).Before(info.ModTime())
}

// adminsOnly is trust.AdminsOnly. Wine has one person, who is the administrator,
// and whose all files are: there it only has to be there.
func adminsOnly(path string) error {
	if win.Wine() {
		_, err := os.Stat(path)
		return err
	}
	return trust.AdminsOnly(path)
}

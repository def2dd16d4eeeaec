package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Where Windows says that it is being set up, below HKEY_LOCAL_MACHINE.
const (
	miniNTKey      = `SYSTEM\CurrentControlSet\Control\MiniNT` // is there in Windows PE alone
	setupKey       = `SYSTEM\Setup`
	enrolmentsKey  = `SOFTWARE\Microsoft\Enrollments`
	enrolmentLimit = 64 // keys that are looked at
)

var oobeComplete = kernel32.NewProc("OOBEComplete")

func readFacts(ctx context.Context) (facts, error) {
	f := facts{
		winPE:      exists(registry.LOCAL_MACHINE, miniNTKey),
		installing: number(registry.LOCAL_MACHINE, setupKey, "SystemSetupInProgress") == 1,
		oobe:       number(registry.LOCAL_MACHINE, setupKey, "OOBEInProgress") == 1 || oobeRuns(),
		enrolments: readEnrolments(registry.LOCAL_MACHINE, enrolmentsKey),
	}
	var err error
	if f.processes, err = readPrograms(); err != nil {
		return facts{}, err
	}
	if f.people, err = List(ctx); err != nil {
		return facts{}, err
	}
	return f, nil
}

// oobeRuns asks Windows (OOBEComplete), which not every one answers.
func oobeRuns() bool {
	if oobeComplete.Find() != nil {
		return false
	}
	complete := int32(1)
	ok, _, _ := oobeComplete.Call(uintptr(unsafe.Pointer(&complete)))
	return ok != 0 && complete == 0
}

// readEnrolments reads each one's FirstSync: the values are the computer's, its
// subkeys, named by SID, those of people.
func readEnrolments(root registry.Key, path string) []enrolment {
	var enrolments []enrolment
	for _, name := range subkeys(root, path) {
		first := path + `\` + name + `\FirstSync`
		if !exists(root, first) {
			continue
		}
		e := enrolment{
			deviceDone:    number(root, first, "IsSyncDone") != 0,
			deviceSkipped: number(root, first, "SkipDeviceStatusPage") != 0,
			userSkipped:   number(root, first, "SkipUserStatusPage") != 0,
		}
		for _, sid := range subkeys(root, first) {
			if strings.HasPrefix(strings.ToUpper(sid), "S-1-") && number(root, first+`\`+sid, "IsSyncDone") == 0 {
				e.usersPending = append(e.usersPending, sid)
			}
		}
		enrolments = append(enrolments, e)
	}
	return enrolments
}

// readPrograms lists what runs (CreateToolhelp32Snapshot). The session of a
// process that has ended meanwhile is "".
func readPrograms() ([]program, error) {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	var programs []program
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		p := program{name: strings.ToLower(windows.UTF16ToString(entry.ExeFile[:]))}
		var session uint32
		if windows.ProcessIdToSessionId(entry.ProcessID, &session) == nil {
			p.session = strconv.FormatUint(uint64(session), 10)
		}
		programs = append(programs, p)
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	return programs, nil
}

func exists(root registry.Key, path string) bool {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return false
	}
	k.Close()
	return true
}

// number is 0 for what is not there, or no number, or not ours to read.
func number(root registry.Key, path, name string) uint64 {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return 0
	}
	defer k.Close()
	n, _, _ := k.GetIntegerValue(name)
	return n
}

func subkeys(root registry.Key, path string) []string {
	k, err := registry.OpenKey(root, path, registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if err != nil {
		return nil
	}
	defer k.Close()
	names, _ := k.ReadSubKeyNames(enrolmentLimit) // io.EOF with fewer
	return names
}

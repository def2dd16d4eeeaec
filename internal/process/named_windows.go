package process

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

func named(name string) ([]Instance, error) {
	plain := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), ".exe") }
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPPROCESS, 0)
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	var found []Instance
	entry := windows.ProcessEntry32{Size: uint32(unsafe.Sizeof(windows.ProcessEntry32{}))}
	for err = windows.Process32First(snapshot, &entry); err == nil; err = windows.Process32Next(snapshot, &entry) {
		if plain(windows.UTF16ToString(entry.ExeFile[:])) != plain(name) {
			continue
		}
		id, err := Of(int(entry.ProcessID))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			id = ID{Pid: int(entry.ProcessID)}
		}
		var number uint32
		if !id.Running() || windows.ProcessIdToSessionId(entry.ProcessID, &number) != nil {
			continue
		}
		found = append(found, Instance{ID: id, Session: strconv.FormatUint(uint64(number), 10)})
	}
	if !errors.Is(err, windows.ERROR_NO_MORE_FILES) {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	return found, nil
}

package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// commLength is how much of a name the kernel keeps (TASK_COMM_LEN, less NUL).
const commLength = 15

func named(name string) ([]Instance, error) {
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	var found []Instance
	for _, dir := range dirs {
		pid, err := strconv.Atoi(dir.Name())
		if err != nil || !isNamed(filepath.Join("/proc", dir.Name()), name) {
			continue
		}
		id, err := Of(pid)
		info, statErr := os.Stat(filepath.Join("/proc", dir.Name()))
		if err != nil || statErr != nil || !id.Running() {
			continue // ended meanwhile
		}
		uid := strconv.FormatUint(uint64(info.Sys().(*syscall.Stat_t).Uid), 10)
		found = append(found, Instance{ID: id, UID: uid})
	}
	return found, nil
}

// isNamed compares with the program's file, as it is and as it was called (a
// script's is its interpreter's), and where that is hidden with the kernel's
// name.
func isNamed(dir, name string) bool {
	comm, err := os.ReadFile(filepath.Join(dir, "comm"))
	if err != nil {
		return false
	}
	if string(comm) == name[:min(len(name), commLength)]+"\n" && len(name) <= commLength {
		return true
	}
	file, err := os.Readlink(filepath.Join(dir, "exe"))
	if err != nil {
		return string(comm) == name[:min(len(name), commLength)]+"\n"
	}
	return filepath.Base(strings.TrimSuffix(file, " (deleted)")) == name
}

package session

import (
	"os"
	"strings"
	"syscall"
)

// hidden compares what is seen of /run/user with what the first process of
// this system sees; who may not look there goes by what is mounted here: a
// sandbox mounts something over /run/user, which nobody else does.
func hidden(uid string) bool {
	dir := runtimeDirOf(uid)
	if belongsTo(dir, uid) {
		return false
	}
	const outside = "/proc/1/root"
	if _, err := os.Stat(outside + "/run"); err == nil {
		return belongsTo(outside+dir, uid)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	return err == nil && mountedOver(string(mounts), dir)
}

func belongsTo(dir, uid string) bool {
	info, err := os.Lstat(dir)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && uid == formatID(stat.Uid)
}

// mountedOver looks in /proc/PID/mountinfo for something at a directory of
// /run/user or at /run/user itself.
func mountedOver(mountinfo, dir string) bool {
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) > 4 && (fields[4] == dir || fields[4] == "/run/user") {
			return true
		}
	}
	return false
}

package session

import (
	"os"

	"golang.org/x/sys/unix"
)

// sessionRecords is where logind keeps a file for each session; sd-login(3)
// watches it too. Only there is it seen that a session begins to close: the bus
// hears of it when the last process has ended, if ever.
const sessionRecords = "/run/systemd/sessions"

// records tells when a session's record may have changed.
type records struct {
	file    *os.File // nil where there are none
	changed chan struct{}
}

// watchRecords begins to watch a folder. Where that is not possible, nothing is
// told.
func watchRecords(dir string) *records {
	r := &records{}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return r
	}
	// Records are written beside and renamed.
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_MOVED_TO|unix.IN_DELETE|unix.IN_ONLYDIR); err != nil {
		unix.Close(fd)
		return r
	}
	r.start(fd)
	return r
}

// start reads what inotify says.
func (r *records) start(fd int) {
	r.file = os.NewFile(uintptr(fd), "inotify")
	r.changed = make(chan struct{}, 1)
	go r.read()
}

// read says on r.changed that there were events, until the file is closed, and
// closes r.changed then. What the events are does not matter.
func (r *records) read() {
	defer close(r.changed)
	for buffer := make([]byte, 4096); ; {
		if _, err := r.file.Read(buffer); err != nil {
			return
		}
		select {
		case r.changed <- struct{}{}:
		default: // it will be looked anyway
		}
	}
}

// close waits for read to end.
func (r *records) close() {
	if r.file == nil {
		return
	}
	r.file.Close()
	if r.changed != nil {
		for range r.changed { // until it is closed
		}
	}
}

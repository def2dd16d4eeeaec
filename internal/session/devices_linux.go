package session

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// settling is when a device that has just been opened is looked at again:
	// who opens one starts it a moment later.
	settling = time.Second / 2
	// listening is how often a microphone in use is looked at, and only then:
	// sound servers stop one long before they close it, if ever.
	listening = 5 * time.Second
)

// mediaServers open cameras to know them; they use one when it is mapped into
// their memory.
var mediaServers = []string{"pipewire", "wireplumber", "pipewire-media-"}

// devices are the cameras and microphones by which somebody may see or hear
// the person. Only one goroutine may use them.
type devices struct {
	dev, proc string // where the system shows them
	files     *os.File
	changed   chan struct{}    // one was opened or closed, came or went
	again     <-chan time.Time // look again
	timer     *time.Timer
	opened    bool // since the last look
	known     bool // whether camera is still so
	camera    bool
}

// listen has the system tell when a device is opened or closed (inotify).
// Where it does not tell, changed is nil.
func (d *devices) listen() {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return
	}
	d.files = os.NewFile(uintptr(fd), "inotify")
	d.watch(fd)
	d.changed = make(chan struct{}, 1)
	go d.read(fd)
}

// watch watches the devices that there are, and for others to come. A device
// that is not the person's to open says nothing.
func (d *devices) watch(fd int) {
	for _, dir := range []string{d.dev, filepath.Join(d.dev, "snd")} {
		// Access lists are set after the name is there.
		_, _ = unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_DELETE|unix.IN_ATTRIB|unix.IN_ONLYDIR)
	}
	for _, name := range append(d.cameras(), glob(d.dev, "snd/pcm*c")...) {
		_, _ = unix.InotifyAddWatch(fd, name, unix.IN_OPEN|unix.IN_CLOSE)
	}
}

// read says on changed when there was an event of a device, until files is
// closed, and closes changed then.
func (d *devices) read(fd int) {
	defer close(d.changed)
	for buffer := make([]byte, 16<<10); ; {
		n, err := d.files.Read(buffer)
		if err != nil {
			return
		}
		used, moved := eventsOf(buffer[:n])
		if moved {
			d.watch(fd)
		}
		if !used && !moved {
			continue
		}
		select {
		case d.changed <- struct{}{}:
		default: // it will be looked anyway
		}
	}
}

// eventsOf tells whether devices were used, or some came or went. Names are
// those in a folder that is watched; a device itself has none.
func eventsOf(events []byte) (used, moved bool) {
	for len(events) >= unix.SizeofInotifyEvent {
		mask := uint32(events[4]) | uint32(events[5])<<8 | uint32(events[6])<<16 | uint32(events[7])<<24
		size := int(events[12]) | int(events[13])<<8
		end := min(unix.SizeofInotifyEvent+size, len(events))
		name := string(bytes.TrimRight(events[unix.SizeofInotifyEvent:end], "\x00"))
		used = used || mask&(unix.IN_OPEN|unix.IN_CLOSE|unix.IN_Q_OVERFLOW) != 0 && name == ""
		moved = moved || name == "snd" || strings.HasPrefix(name, "video") || strings.HasPrefix(name, "pcm")
		events = events[end:]
	}
	return used, moved
}

// heard takes note that changed said something.
func (d *devices) heard() { d.opened, d.known = true, false }

// inUse reports whether a camera or a microphone is used by a program of the
// person. It sets again for the next look, if there is to be one.
func (d *devices) inUse() bool {
	if !d.known {
		d.camera = d.watched()
		// Without a word of changes it is to be looked each time.
		d.known = d.changed != nil && !d.opened
	}
	heard := d.heardNow()
	switch {
	case d.changed == nil:
	case d.opened:
		d.wake(settling)
	case heard:
		d.wake(listening)
	default:
		d.wake(0)
	}
	d.opened = false
	return d.camera || heard
}

// wake sets again to after; with 0 to never.
func (d *devices) wake(after time.Duration) {
	if d.timer != nil {
		d.timer.Stop()
	}
	d.timer, d.again = nil, nil
	if after > 0 {
		d.timer = time.NewTimer(after)
		d.again = d.timer.C
	}
}

func (d *devices) cameras() []string { return glob(d.dev, "video*") }

// watched reports whether a program of the person has a camera open.
func (d *devices) watched() bool {
	cameras := d.cameras()
	if len(cameras) == 0 {
		return false
	}
	processes, _ := os.ReadDir(d.proc) // without it nothing is known
	for _, p := range processes {
		if _, err := strconv.ParseUint(p.Name(), 10, 32); err != nil || !d.own(p.Name()) {
			continue
		}
		for _, link := range glob(filepath.Join(d.proc, p.Name()), "fd/*") {
			target, err := os.Readlink(link)
			if err == nil && slices.Contains(cameras, target) && d.films(p.Name(), target) {
				return true
			}
		}
	}
	return false
}

// films reports whether a process that has a camera open uses it.
func (d *devices) films(pid, camera string) bool {
	name, err := readSome(filepath.Join(d.proc, pid, "comm"))
	if err != nil || !slices.Contains(mediaServers, strings.TrimSpace(string(name))) {
		return err == nil
	}
	maps, err := readSome(filepath.Join(d.proc, pid, "maps"))
	return err == nil && bytes.Contains(maps, []byte(" "+camera+"\n"))
}

// heardNow reports whether a program of the person records sound: ALSA says
// for each microphone whether it runs, and which thread opened it.
func (d *devices) heardNow() bool {
	for _, name := range glob(d.proc, "asound/card*/pcm*c/sub*/status") {
		status, err := readSome(name)
		if err != nil || fieldOf(status, "state") != "RUNNING" {
			continue
		}
		if owner := fieldOf(status, "owner_pid"); owner != "" && d.own(owner) {
			return true
		}
	}
	return false
}

// own reports whether the process runs as this user.
func (d *devices) own(pid string) bool {
	info, err := os.Lstat(filepath.Join(d.proc, pid))
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// fieldOf finds the line "name : value".
func fieldOf(text []byte, name string) string {
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// glob are the names in a folder like a pattern; none where it cannot be read.
func glob(dir, pattern string) []string {
	// The pattern is well formed, which is the only error.
	names, _ := fs.Glob(os.DirFS(dir), pattern)
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	return names
}

// close ends what listen began.
func (d *devices) close() {
	d.wake(0)
	if d.files == nil {
		return
	}
	d.files.Close()
	if d.changed != nil {
		for range d.changed { // until it is closed
		}
	}
}

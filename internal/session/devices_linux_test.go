package session

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// place writes a file below a folder, and returns its name.
func place(t *testing.T, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// watchDevices watches a session that has nothing but these devices.
func watchDevices(t *testing.T, d devices) <-chan State {
	t.Helper()
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
	return watchDesk(t.Context(), "1", &desktop{ctx: t.Context(), devices: d})
}

// A file stands for the camera: what counts is who has it open. That it is
// opened and closed the system tells of any file.
func TestCameraInUseIsBusy(t *testing.T) {
	dev := t.TempDir()
	camera := place(t, dev, "video0", "")
	states := watchDevices(t, devices{dev: dev, proc: "/proc"})
	if got := next(t, states); got != (State{}) {
		t.Fatalf("at first %+v", got)
	}
	for range 2 {
		f, err := os.Open(camera)
		if err != nil {
			t.Fatal(err)
		}
		if got := next(t, states); got != (State{Busy: true}) {
			t.Errorf("with the camera open: %+v", got)
		}
		if yes := (&devices{dev: dev, proc: "/proc"}).inUse(); !yes {
			t.Error("who only looks does not see it")
		}
		f.Close()
		if got := next(t, states); got != (State{}) {
			t.Errorf("closed: %+v", got)
		}
	}
	// Another is plugged in.
	f, err := os.Create(filepath.Join(dev, "video1"))
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got != (State{Busy: true}) {
		t.Errorf("with another one open: %+v", got)
	}
	f.Close()
	if got := next(t, states); got != (State{}) {
		t.Errorf("closed: %+v", got)
	}
}

// Who opened a microphone starts it, stops it and may leave it open.
func TestMicrophoneInUseIsBusy(t *testing.T) {
	dev, proc := t.TempDir(), t.TempDir()
	microphone := place(t, dev, "snd/pcmC0D0c", "")
	place(t, dev, "snd/pcmC0D0p", "")
	const status = "asound/card0/pcm0c/sub0/status"
	place(t, proc, status, "closed\n")
	place(t, proc, "asound/card0/pcm0p/sub0/status", "state: RUNNING\nowner_pid   : 7\n")
	place(t, proc, "7/comm", "player\n")
	states := watchDevices(t, devices{dev: dev, proc: proc})
	if got := next(t, states); got != (State{}) {
		t.Fatalf("at first, with a loudspeaker in use, %+v", got)
	}
	f, err := os.Open(microphone)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	place(t, proc, status, "state: RUNNING\nowner_pid   : 7\ntrigger_time: 1.2\n")
	if got := next(t, states); got != (State{Busy: true}) {
		t.Errorf("it runs: %+v", got)
	}
	place(t, proc, status, "state: SETUP\nowner_pid   : 7\n")
	if got := next(t, states); got != (State{}) {
		t.Errorf("it is open and does not run: %+v", got)
	}
}

func TestMicrophoneOfOthersIsNotBusy(t *testing.T) {
	proc := t.TempDir()
	d := devices{dev: t.TempDir(), proc: proc}
	for _, status := range []string{"", "closed\n", "state: RUNNING\n", "state: RUNNING\nowner_pid: 8\n", "state: RUNNING\nowner_pid: ../x\n"} {
		place(t, proc, "asound/card1/pcm3c/sub0/status", status)
		if d.inUse() {
			t.Errorf("%q is in use by this user", status)
		}
	}
}

// PipeWire opens cameras to know them.
func TestCameraOpenedByMediaServers(t *testing.T) {
	dev, proc := t.TempDir(), t.TempDir()
	camera := place(t, dev, "video2", "")
	d := devices{dev: dev, proc: proc}
	const pid = "77"
	if err := os.MkdirAll(filepath.Join(proc, pid, "fd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(camera, filepath.Join(proc, pid, "fd", "5")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, comm, maps string
		want             bool
	}{
		{"a browser", "firefox\n", "", true},
		{"a server that knows it", "wireplumber\n", "7f00-7f01 rw-s 0 00:05 1 /dev/null\n", false},
		{"a server that films", "pipewire\n", "7f00-7f01 rw-s 0 00:05 1   " + camera + "\n", true},
		{"a server that knows another", "pipewire\n", "7f00-7f01 rw-s 0 00:05 1   " + camera + "0\n", false},
	} {
		place(t, proc, pid+"/comm", test.comm)
		place(t, proc, pid+"/maps", test.maps)
		if got := d.inUse(); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestOwnProcess(t *testing.T) {
	d := devices{proc: "/proc"}
	if !d.own(strconv.Itoa(os.Getpid())) {
		t.Error("this process is not this user's")
	}
	if os.Getuid() != 0 && d.own("1") {
		t.Error("the first process is this user's")
	}
}

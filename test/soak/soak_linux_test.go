package soak

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/test/bed"
)

const (
	programName = "deskbell"
	hostFile    = hostName
	kills       = 100
	// pause is the longest between two kills: about what a message takes.
	pause = 120 * time.Millisecond
)

func built(name string) string { return bed.Build(name) }

// aside has root's test run among processes and in directories of its own: the
// service then starts monitors, as it does on a computer.
func aside(t *testing.T) bool {
	return os.Geteuid() != 0 || bed.Apart(t, syscall.CLONE_NEWPID)
}

// tie has a program die with us.
func tie(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }

func kill(p *os.Process) error { return p.Kill() }

func wasKilled(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

func end(_ *world, cmd *exec.Cmd) error { return cmd.Process.Signal(syscall.SIGTERM) }

// prepare makes the places of the test: those of the system where it has a
// system of its own, else some that the environment names.
func prepare(w *world) {
	t := w.t
	t.Helper()
	display := bed.NewDisplay(t)
	t.Setenv("DISPLAY", display.Name)
	for _, v := range display.Command("").Env {
		if !strings.HasPrefix(v, "DBUS_") {
			w.env = append(w.env, v)
		}
	}
	w.env = append(w.env, "DESKBELL_QUEUE="+queue)
	user := strconv.Itoa(os.Getuid())
	run, state := "/run/user/"+user, "/var/lib/deskbell"
	if os.Geteuid() == 0 {
		for _, dir := range []string{"/run", "/var/lib"} {
			check(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"))
		}
		check(t, os.MkdirAll("/run/user", 0o755))
		check(t, os.Mkdir(run, 0o700))
		w.dir, w.ui, w.passes = "/var/lib/soak", "auto", true
		check(t, os.Mkdir(w.dir, 0o755))
		journal(t)
		run = filepath.Join(run, "deskbell")
	} else {
		w.dir = t.TempDir()
		w.ui = "host:" + filepath.Join(w.dir, hostFile)
		run, state = filepath.Join(w.dir, "run"), filepath.Join(w.dir, "state")
		check(t, os.MkdirAll(run, 0o700))
		check(t, os.Mkdir(state, 0o755))
		// Without logind: who is logged on is told by what runs, which is ours.
		for name, value := range map[string]string{
			"DESKBELL_RUNTIME_DIR": run, "DESKBELL_STATE_DIR": state, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=" + filepath.Join(w.dir, "no-bus"),
		} {
			t.Setenv(name, value)
			w.env = append(w.env, name+"="+value)
		}
	}
	w.places = []mailbox.Place{
		{Queue: queue, Scope: mailbox.ScopeAssigned, UID: user},
		{Queue: queue, Scope: mailbox.ScopeService, UID: user},
		{Queue: queue, Scope: mailbox.ScopeMachine},
	}
	state = filepath.Join(state, queue)
	own := filepath.Join(state, "users", user)
	w.directories = []string{filepath.Join(run, queue), state, own, filepath.Join(own, "service")}
	w.leaving = func() string { return windowsLeft(t, display) + processesLeft(t, w.dir) }
	logOn(w)
}

// journal takes what programs log in the background.
func journal(t *testing.T) {
	t.Helper()
	check(t, os.MkdirAll("/run/systemd/journal", 0o755))
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/run/systemd/journal/socket"})
	check(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for entry := make([]byte, 1<<16); ; {
			if _, err := socket.Read(entry); err != nil {
				return // closed
			}
		}
	}()
	t.Cleanup(func() {
		check(t, socket.Close())
		<-ended
	})
}

// logOn has somebody logged on until the test ends: the service attends the
// mailbox of those who are, and a session is told by a program with a display.
func logOn(w *world) {
	t := w.t
	t.Helper()
	program := exec.Command("cat")
	program.Env = []string{"PATH=" + os.Getenv("PATH"), "DISPLAY=" + os.Getenv("DISPLAY")}
	keyboard, err := program.StdinPipe()
	check(t, err)
	check(t, program.Start())
	t.Cleanup(func() {
		check(t, keyboard.Close())
		check(t, program.Wait())
	})
}

// openWindow shows a window on the display of this process.
func openWindow(id string) (func(), error) {
	x, err := xgb.NewConn()
	if err != nil {
		return nil, err
	}
	screen := xproto.Setup(x).DefaultScreen(x)
	window, err := xproto.NewWindowId(x)
	if err == nil {
		err = xproto.CreateWindowChecked(x, screen.RootDepth, window, screen.Root, 0, 0, 200, 100, 0,
			xproto.WindowClassInputOutput, screen.RootVisual, 0, nil).Check()
	}
	if err == nil {
		title := "soak " + id
		err = xproto.ChangePropertyChecked(x, xproto.PropModeReplace, window, xproto.AtomWmName, xproto.AtomString, 8, uint32(len(title)), []byte(title)).Check()
	}
	if err == nil {
		err = xproto.MapWindowChecked(x, window).Check()
	}
	if err != nil {
		x.Close()
		return nil, err
	}
	return x.Close, nil
}

// windowsLeft names the windows of ours that are still on the display.
func windowsLeft(t *testing.T, d *bed.Display) string {
	t.Helper()
	out, err := d.Command("xwininfo", "-root", "-tree").Output()
	check(t, err)
	var left []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, `"soak `) || strings.Contains(line, `"deskbell`) {
			left = append(left, strings.TrimSpace(line))
		}
	}
	return strings.Join(left, ", ")
}

// processesLeft names the programs of a directory that still run.
func processesLeft(t *testing.T, dir string) string {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	check(t, err)
	var left []string
	for _, link := range links {
		program, err := os.Readlink(link)
		if err != nil || filepath.Dir(program) != dir {
			continue // it has ended, or is another's
		}
		args, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "cmdline")) // likewise
		left = append(left, fmt.Sprintf("%s %s", filepath.Base(filepath.Dir(link)), bytes.ReplaceAll(args, []byte{0}, []byte{' '})))
	}
	return strings.Join(left, ", ")
}

// lookForFiles looks for what nobody would ever clear away.
func lookForFiles(w *world) {
	t := w.t
	t.Helper()
	for _, dir := range w.directories {
		sweepLater(t, mailbox.NewSpool(dir))
	}
	for i, dir := range w.directories[:2] { // the others are below
		check(t, filepath.WalkDir(dir, func(path string, file fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist): // not made, as no service ran
				return nil
			case err != nil, file.IsDir(), file.Name() == ".lock": // that of an Outbox stays
			case i > 0 && filepath.Base(filepath.Dir(path)) == ".partial":
				// It is swept in ten minutes: mailbox.TestSpoolSweepsPartial.
			default:
				t.Errorf("%s is left", path)
			}
			return err
		}))
	}
}

//go:build linux

// Package screen tests windows by looking at them and pressing keys, through the
// command line alone: every scenario with each kind of window.
package screen

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/deskbell/deskbell/protocol"
	"github.com/deskbell/deskbell/test/bed"
)

const queue = "screen"

// backend is a kind of window.
type backend struct {
	name   string
	open   func(testing.TB) *desk
	keys   map[string][]string // what a person presses, where it is not as in the scenario
	clicks map[string][][2]int // where he clicks instead
	// reopens: a window is closed and opened again to tell or to change something.
	reopens bool
}

var backends = []backend{
	{name: "gtk", open: openGTK},
	{name: "zenity", open: openZenity, reopens: true, keys: map[string][]string{
		"second button": {"shift+Tab", "Return"}, // the first is the last one there
	}, clicks: map[string][][2]int{
		"tick two":    {{25, 88}, {25, 138}}, // its list is searched, not ticked, by keys
		"submit list": {{430, 396}},
	}},
	{name: "wine", open: openWine, keys: map[string][]string{
		// Without Cancel, Wine's task dialog does not heed Escape; that of
		// Windows does. The close box answers the same.
		"escape": {"alt+F4"},
	}},
}

// desk is a display with a monitor at work.
type desk struct {
	*bed.Display
	t testing.TB
	// deskbell is the program with arguments; box is its mailbox.
	deskbell func(args ...string) *exec.Cmd
	box      mailbox
	monitor  *running
}

// openGTK has deskbell-gtk beside deskbell.
func openGTK(t testing.TB) *desk {
	return openLinux(t, bed.Build("deskbell"))
}

// openZenity has deskbell alone, which then makes do with zenity.
func openZenity(t testing.TB) *desk {
	alone := filepath.Join(t.TempDir(), "deskbell")
	if err := copyFile(bed.Build("deskbell"), alone); err != nil {
		t.Fatal(err)
	}
	return openLinux(t, alone)
}

func openLinux(t testing.TB, program string, env ...string) *desk {
	runtime := t.TempDir()
	d := &desk{Display: bed.NewDisplay(t), t: t, box: spool(filepath.Join(runtime, queue))}
	d.deskbell = func(args ...string) *exec.Cmd {
		cmd := d.Command(program, inQueue(args)...)
		cmd.Env = append(append(cmd.Env, "DESKBELL_RUNTIME_DIR="+runtime), env...)
		return cmd
	}
	d.attend()
	return d
}

func openWine(t testing.TB) *desk { return openWineWith(t, nil) }

func openWineWith(t testing.TB, settings bed.Settings) *desk {
	d := &desk{Display: bed.NewDisplay(t), t: t}
	windows := bed.NewWine(t, d.Display, settings)
	d.deskbell = func(args ...string) *exec.Cmd {
		return windows.Command(bed.Build("deskbell.exe"), inQueue(args)...)
	}
	d.box = registry{windows}
	d.attend()
	return d
}

// inQueue adds the queue to the arguments of deskbell, not to those of an installer.
func inQueue(args []string) []string {
	at := slices.Index(args, "--")
	if at < 0 {
		at = len(args)
	}
	return slices.Insert(slices.Clone(args), at, "--queue", queue)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// attend starts the monitor, which ends with the test.
func (d *desk) attend() {
	d.t.Helper()
	d.monitor = d.run("monitor", "--foreground", "--log", "text")
	d.Wait("a monitor", func() bool { return d.deskbell("status").Run() == nil })
}

// running is a deskbell that was started.
type running struct {
	d           *desk
	cmd         *exec.Cmd
	out, stderr *os.File
	ended       chan error
}

// run starts deskbell; what is still running at the end of the test is ended.
// Its output goes to files: what Wine starts beside it would keep a pipe open.
func (d *desk) run(args ...string) *running {
	d.t.Helper()
	r := &running{d: d, cmd: d.deskbell(args...), ended: make(chan error, 1)}
	for _, to := range []**os.File{&r.out, &r.stderr} {
		f, err := os.CreateTemp(d.t.TempDir(), "output")
		if err != nil {
			d.t.Fatal(err)
		}
		*to = f
	}
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.stderr
	if err := r.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	waited := make(chan struct{})
	go func() { r.ended <- r.cmd.Wait(); close(waited) }()
	d.t.Cleanup(func() {
		if d.t.Failed() {
			d.t.Logf("deskbell status says:\n%s", d.status())
		}
		_ = r.cmd.Process.Kill() // it may have ended
		<-waited
		if d.t.Failed() {
			d.t.Logf("deskbell %s said:\n%s", args[0], r.errors())
		}
		r.out.Close()
		r.stderr.Close()
	})
	return r
}

// status is what is in the queue, for somebody who looks why a test has failed.
func (d *desk) status() string {
	out, err := os.CreateTemp(d.t.TempDir(), "status")
	if err != nil {
		return err.Error()
	}
	defer out.Close()
	cmd := d.deskbell("status")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err.Error()
	}
	late := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
	err = cmd.Wait()
	late.Stop()
	text, _ := io.ReadAll(io.NewSectionReader(out, 0, 1<<20))
	return fmt.Sprintf("%s(%v)", text, err)
}

// errors is what it has said on stderr.
func (r *running) errors() string {
	text, err := io.ReadAll(io.NewSectionReader(r.stderr, 0, 1<<20))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// output is what it has said on stdout.
func (r *running) output() string {
	text, err := io.ReadAll(io.NewSectionReader(r.out, 0, 1<<20))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// answer is what deskbell prints with --json.
type answer struct {
	Outcome string          `json:"outcome"`
	Exit    int             `json:"exit"`
	Status  protocol.Status `json:"status"`
	Button  int             `json:"button"`
	Choice  string          `json:"choice"`
	Answer  any             `json:"answer"`
	Checked bool            `json:"checked"`
	Restart *struct {
		Pending  bool
		By, User string
	} `json:"restart"`
}

// answer waits for deskbell to end.
func (r *running) answer() (a answer) {
	r.d.t.Helper()
	r.d.Wait("deskbell to end", func() bool {
		select {
		case err := <-r.ended:
			r.ended <- err
			return true
		default:
			return false
		}
	})
	if err := json.Unmarshal([]byte(r.output()), &a); err != nil {
		r.d.t.Fatalf("%v\n%s%s", err, r.output(), r.errors())
	}
	if status := r.cmd.ProcessState.ExitCode(); status != a.Exit {
		r.d.t.Errorf("exit status %d, and %d in JSON", status, a.Exit)
	}
	return a
}

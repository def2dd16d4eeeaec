package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// opener opens a window, over and over.
type opener struct {
	name   string
	start  func() *exec.Cmd
	end    os.Signal    // that makes it close its window
	settle func() error // before the next round; may be nil
	took   sample
}

// windowRounds is how often each window is opened.
const windowRounds = 15

// compareWindows has them open their windows in turns, so that they share the
// weather, and tells how long it was from the start of the program to the
// window on screen. The first round is not counted: it fills the caches.
func (b bench) compareWindows(ctx context.Context, x *screen, openers []*opener) error {
	for round := range windowRounds + 1 {
		for _, o := range openers {
			took, err := o.once(ctx, x)
			if err != nil {
				return fmt.Errorf("%s: %w", o.name, err)
			}
			if round > 0 {
				o.took = append(o.took, took)
			}
		}
	}
	for _, o := range openers {
		if err := errors.Join(b.tell(o.name+", p50", o.took.seconds(.5), seconds), b.tell(o.name+", longest", o.took.seconds(1), seconds)); err != nil {
			return err
		}
	}
	return nil
}

func (o *opener) once(ctx context.Context, x *screen) (time.Duration, error) {
	cmd := o.start()
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	shown, err := x.next(ctx, func(s sighting) bool { return s.shown && s.at.After(start) })
	_ = cmd.Process.Signal(o.end)
	_ = cmd.Wait() // ended by us
	if err != nil {
		return 0, err
	}
	if _, err := x.next(ctx, func(s sighting) bool { return !s.shown && s.window == shown.window }); err != nil {
		return 0, err
	}
	if o.settle != nil {
		err = o.settle()
	}
	return shown.at.Sub(start), err
}

// window compares the windows of Linux.
func window(ctx context.Context, b bench) error {
	return onStage(func(s *stage) error {
		gtk3, err := build(ctx, s, "linux", "./bench/gtk3", "gtk3")
		if err != nil {
			return err
		}
		d := bed.NewDisplay(s)
		x, err := watch(s, d)
		if err != nil {
			return err
		}
		runtime := "DESKBELL_RUNTIME_DIR=" + s.TempDir()
		deskbell := func(args ...string) *exec.Cmd {
			cmd := d.Command(bed.Build(program), args...)
			cmd.Env = append(cmd.Env, runtime)
			return cmd
		}
		openers, err := askers(s, deskbell, os.Interrupt)
		if err != nil {
			return err
		}
		return b.compareWindows(ctx, x, append(openers,
			&opener{name: "bare zenity --question", end: os.Kill, start: func() *exec.Cmd {
				return d.Command("zenity", "--question", "--title=Bench", "--text=Install now?")
			}},
			&opener{name: "bare GTK 3 program", end: os.Kill, start: func() *exec.Cmd { return d.Command(gtk3) }},
		))
	})
}

// wineWindow compares the windows of Windows, as Wine has them.
func wineWindow(ctx context.Context, b bench) error {
	return onStage(func(s *stage) error {
		taskdialog, err := build(ctx, s, "windows", "./bench/taskdialog", "taskdialog.exe")
		if err != nil {
			return err
		}
		d := bed.NewDisplay(s)
		wine := bed.NewWine(s, d, nil)
		x, err := watch(s, d)
		if err != nil {
			return err
		}
		deskbell := func(args ...string) *exec.Cmd { return wine.Command(bed.Build(program+".exe"), args...) }
		openers, err := askers(s, deskbell, os.Kill)
		if err != nil {
			return err
		}
		return b.compareWindows(ctx, x, append(openers,
			&opener{name: "bare TaskDialog program", end: os.Kill, start: func() *exec.Cmd { return wine.Command(taskdialog) }},
		))
	})
}

// askers are deskbell ask with a monitor that attends already, and with one
// that it starts.
func askers(s *stage, deskbell func(args ...string) *exec.Cmd, end os.Signal) ([]*opener, error) {
	ask := func(queue string) func() *exec.Cmd {
		return func() *exec.Cmd {
			return deskbell("ask", "Install now?", "--button", "Now", "--button", "Later", "--queue", queue)
		}
	}
	stop := func(queue string) error {
		return quietly(deskbell("monitor", "stop", "--queue", queue))
	}
	if err := quietly(deskbell("monitor", "--queue", "attended")); err != nil {
		return nil, err
	}
	s.Cleanup(func() {
		_ = stop("launched") // it attends only where a round was broken off
		if err := stop("attended"); err != nil {
			s.Error(err)
		}
	})
	return []*opener{
		{name: "deskbell ask, a monitor attends", start: ask("attended"), end: end},
		{name: "deskbell ask, which starts a monitor", start: ask("launched"), end: end, settle: func() error { return stop("launched") }},
	}, nil
}

// quietly runs a command. It has no pipe of ours that what it starts in the
// background could keep open.
func quietly(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", cmd, err)
	}
	return nil
}

// build builds a program of bench for a row.
func build(ctx context.Context, s *stage, system, folder, name string) (string, error) {
	file := s.TempDir() + "/" + name
	cmd := exec.CommandContext(ctx, "go", "build", "-o", file, folder)
	cmd.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", folder, err, out)
	}
	return file, nil
}

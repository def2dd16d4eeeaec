package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/test/bed"
)

const (
	idleFor  = time.Minute
	settling = 30 * time.Second // after the start, of Wine above all
)

// usedFor is how many messages the used monitor has had answered before it is
// left alone.
const usedFor = 10_000

// waiting is a program that waits for something to do.
type waiting struct {
	system, name string

	pid    int
	log    string // the file of what it says
	before int    // context switches
}

// failed says of which program an error is, with the end of what that said.
func (w *waiting) failed(err error) error {
	if err == nil {
		return nil
	}
	said, readErr := os.ReadFile(w.log)
	if readErr != nil {
		said = nil // there is none of the used one
	}
	const most = 2000
	return fmt.Errorf("%s, %s: %w\n%s", w.system, w.name, err, said[max(0, len(said)-most):])
}

// idle lets monitors and services on Linux and in Wine stand with nothing to do,
// beside the answering programs of the plain way, and counts how often any thread
// of theirs ran, what memory is theirs alone, their threads and their open files.
// One of the monitors has had many messages before.
func idle(ctx context.Context, b bench) error {
	return onStage(func(s *stage) error {
		used, err := b.used(ctx, s)
		if err != nil {
			return err
		}
		programs, err := idlers(ctx, s)
		if err != nil {
			return err
		}
		programs = slices.Insert(programs, 1, used) // beside the one that is not used
		if err := pause(ctx, settling); err != nil {
			return err
		}
		for _, w := range programs {
			if w.before, err = switches(w.pid); err != nil {
				return w.failed(err)
			}
		}
		if err := pause(ctx, idleFor); err != nil {
			return err
		}
		for _, w := range programs {
			if err := b.idled(w); err != nil {
				return w.failed(err)
			}
		}
		return nil
	})
}

// idled tells what a program has done and has.
func (b bench) idled(w *waiting) error {
	after, err := switches(w.pid)
	if err != nil {
		return err
	}
	h, err := holdings(w.pid)
	if err != nil {
		return err
	}
	b.system = w.system
	return errors.Join(b.tell(w.name+": context switches in 60 s", float64(after-w.before), number), b.holds(w.name+": ", 0, h))
}

// used is a monitor that has had many messages answered.
func (b bench) used(ctx context.Context, s *stage) (*waiting, error) {
	place, err := newPlace()
	if err != nil {
		return nil, err
	}
	s.Cleanup(place.remove)
	if b.build, err = alone(s, program); err != nil {
		return nil, err
	}
	box, stop, err := b.monitor(ctx, place)
	if err != nil {
		return nil, err
	}
	s.Cleanup(stop)
	for i := range usedFor {
		if i%(usedFor/10) == 0 {
			fmt.Fprintf(os.Stderr, "bench: %d of %d messages\n", i, usedFor)
		}
		if _, err := delivery.Send(ctx, question(), delivery.Options{Queue: place.queue, Mailbox: box}); err != nil {
			return nil, err
		}
	}
	attendants, err := box.Attending()
	if err != nil {
		return nil, err
	}
	if len(attendants) != 1 {
		return nil, fmt.Errorf("%d monitors attend", len(attendants))
	}
	return &waiting{system: "Linux", name: "deskbell monitor after " + thousands(usedFor) + " messages", pid: attendants[0].Pid}, nil
}

// alone copies a program into a directory of its own: what several processes have
// of one file counts as shared, and would make each of them look small.
func alone(s *stage, name string) (directory string, err error) {
	content, err := os.ReadFile(bed.Build(name))
	if err != nil {
		return "", err
	}
	directory = s.TempDir()
	return directory, os.WriteFile(filepath.Join(directory, name), content, 0o700)
}

// idlers starts the programs that nothing is asked of.
func idlers(ctx context.Context, s *stage) ([]*waiting, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	windows, err := build(ctx, s, "windows", "./bench", "bench.exe")
	if err != nil {
		return nil, err
	}
	copies := map[string]string{}
	for _, name := range []string{"monitor", "monitor.exe", "service", "service.exe"} {
		directory, err := alone(s, program+filepath.Ext(name))
		if err != nil {
			return nil, err
		}
		copies[name] = filepath.Join(directory, program+filepath.Ext(name))
	}
	d := bed.NewDisplay(s)
	wine := bed.NewWine(s, d, nil)
	monitor := []string{"monitor", "--foreground", "--log", "none", "--queue", "idle"}
	service := []string{"service", "run", "--queue", "idle"}
	places := []string{"DESKBELL_RUNTIME_DIR=" + s.TempDir(), "DESKBELL_STATE_DIR=" + s.TempDir()}
	linux := func(name string, args []string) *exec.Cmd {
		cmd := d.Command(copies[name], args...)
		cmd.Env = append(cmd.Env, places...)
		return cmd
	}
	var programs []*waiting
	for _, p := range []struct {
		system, name string
		cmd          *exec.Cmd
	}{
		{"Linux", "deskbell monitor", linux("monitor", monitor)},
		{"Linux", "deskbell service", linux("service", service)},
		{"Linux", "plain", exec.CommandContext(ctx, self, "-raw-responder", s.TempDir())},
		{"Wine", "deskbell monitor", wine.Command(copies["monitor.exe"], monitor...)},
		{"Wine", "deskbell service", wine.Command(copies["service.exe"], service...)},
		{"Wine", "plain", wine.Command(windows, "-raw-responder", `Software\Deskbell-bench-idle`)},
	} {
		log, err := os.Create(filepath.Join(s.TempDir(), "log"))
		if err != nil {
			return nil, err
		}
		s.Cleanup(func() { _ = log.Close() })
		p.cmd.Stderr = log // a service tells there what it does
		if err := p.cmd.Start(); err != nil {
			return nil, err
		}
		s.Cleanup(func() {
			_ = p.cmd.Process.Kill()
			_ = p.cmd.Wait()
		})
		programs = append(programs, &waiting{system: p.system, name: p.name, pid: p.cmd.Process.Pid, log: log.Name()})
	}
	return programs, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// switches is how often all threads of a process have given up a processor,
// of their own accord or not.
func switches(pid int) (int, error) {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("process %d has no threads", pid)
	}
	sum := 0
	for _, file := range files {
		n, err := total(file, "voluntary_ctxt_switches:", "nonvoluntary_ctxt_switches:")
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// private is the memory, in KiB, that no other process shares.
func private(pid int) (int, error) {
	return total(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Private_Clean:", "Private_Dirty:", "Private_Hugetlb:")
}

// total adds up the numbers of some fields of a file of /proc.
func total(file string, fields ...string) (int, error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	sum := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		for _, field := range fields {
			rest, ok := strings.CutPrefix(lines.Text(), field)
			if !ok {
				continue
			}
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				return 0, fmt.Errorf("read %s: %w", file, err)
			}
			sum += n
		}
	}
	return sum, nil
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

const (
	idleFor  = time.Minute
	settling = 5 * time.Second // after the start
)

// waiting is a program that waits for something to do.
type waiting struct {
	name   string
	cmd    *exec.Cmd
	before int // context switches
}

// idle lets monitors on Linux and in Wine stand with nothing to do, beside the
// answering programs of the plain way, and counts how often any thread of
// theirs ran and what memory is theirs alone.
func idle(ctx context.Context, _ bench) error {
	return onStage(func(s *stage) error {
		programs, err := idlers(ctx, s)
		if err != nil {
			return err
		}
		for _, w := range programs {
			w.cmd.Stderr = os.Stderr
			if err := w.cmd.Start(); err != nil {
				return err
			}
			s.Cleanup(func() {
				_ = w.cmd.Process.Kill()
				_ = w.cmd.Wait()
			})
		}
		if err := pause(ctx, settling); err != nil {
			return err
		}
		for _, w := range programs {
			if w.before, err = switches(w.cmd.Process.Pid); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
		}
		if err := pause(ctx, idleFor); err != nil {
			return err
		}
		fmt.Printf("%-24s %24s %16s\n", "", "context switches, 60 s", "private memory")
		for _, w := range programs {
			after, err := switches(w.cmd.Process.Pid)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			private, err := private(w.cmd.Process.Pid)
			if err != nil {
				return err
			}
			fmt.Printf("%-24s %24d %12.1f MiB\n", w.name, after-w.before, float64(private)/1024)
		}
		return nil
	})
}

func idlers(ctx context.Context, s *stage) ([]*waiting, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	windows, err := build(ctx, s, "windows", "./bench", "bench.exe")
	if err != nil {
		return nil, err
	}
	d := bed.NewDisplay(s)
	wine := bed.NewWine(s, d, nil)
	monitor := []string{"monitor", "--foreground", "--log", "none", "--queue", "idle"}
	linux := d.Command(bed.Build(program), monitor...)
	linux.Env = append(linux.Env, "DESKBELL_RUNTIME_DIR="+s.TempDir())
	return []*waiting{
		{name: "Linux, deskbell monitor", cmd: linux},
		{name: "Linux, plain", cmd: exec.Command(self, "-raw-responder", s.TempDir())},
		{name: "Wine, deskbell monitor", cmd: wine.Command(bed.Build(program+".exe"), monitor...)},
		{name: "Wine, plain", cmd: wine.Command(windows, "-raw-responder", `Software\Deskbell-bench-idle`)},
	}, nil
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

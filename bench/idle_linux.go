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

// idle lets a monitor on Linux and one in Wine stand side by side with nothing
// to do, and counts how often any thread of theirs ran and what memory is
// theirs alone.
func idle(ctx context.Context, b bench) error {
	return onStage(func(s *stage) error {
		d := bed.NewDisplay(s)
		wine := bed.NewWine(s, d, nil)
		monitor := []string{"monitor", "--foreground", "--log", "none", "--queue", "idle"}
		linux := d.Command(bed.Build(program), monitor...)
		linux.Env = append(linux.Env, "DESKBELL_RUNTIME_DIR="+s.TempDir())
		windows := wine.Command(bed.Build(program+".exe"), monitor...)
		for _, cmd := range []*exec.Cmd{linux, windows} {
			cmd.Stderr = os.Stderr
			if err := cmd.Start(); err != nil {
				return err
			}
			s.Cleanup(func() {
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
			})
		}
		if err := pause(ctx, settling); err != nil {
			return err
		}
		var before [2]int
		for i, cmd := range []*exec.Cmd{linux, windows} {
			var err error
			if before[i], err = switches(cmd.Process.Pid); err != nil {
				return err
			}
		}
		if err := pause(ctx, idleFor); err != nil {
			return err
		}
		fmt.Printf("%-10s %24s %16s\n", "", "context switches, 60 s", "private memory")
		for i, cmd := range []*exec.Cmd{linux, windows} {
			after, err := switches(cmd.Process.Pid)
			if err != nil {
				return err
			}
			private, err := private(cmd.Process.Pid)
			if err != nil {
				return err
			}
			fmt.Printf("%-10s %24d %12.1f MiB\n", []string{"Linux", "Wine"}[i], after-before[i], float64(private)/1024)
		}
		return nil
	})
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

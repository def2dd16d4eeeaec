package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
)

// growths are after how many messages a monitor is looked at.
var growths = []int{1_000, 10_000, 100_000}

// leftAlone is when a monitor gives memory back.
const leftAlone = 5 * time.Second

// growth looks at what a monitor holds after many messages.
func growth(ctx context.Context, b bench) error {
	return b.attended(ctx, func(p place, box *mailbox.Mailbox) error {
		attendants, err := box.Attending()
		if err != nil {
			return fmt.Errorf("find the monitor: %w", err)
		}
		if len(attendants) != 1 {
			return fmt.Errorf("find the monitor: %d attend", len(attendants))
		}
		done := 0
		for _, n := range growths {
			for ; done < n; done++ {
				if _, err := delivery.Send(ctx, question(), delivery.Options{Queue: p.queue, Mailbox: box}); err != nil {
					return err
				}
			}
			// It gives back what it needs no more once it is left alone.
			if err := pause(ctx, 2*leftAlone); err != nil {
				return err
			}
			h, err := holdings(attendants[0].Pid)
			if err != nil {
				return err
			}
			if err := b.holds("monitor, ", n, h); err != nil {
				return err
			}
		}
		return nil
	})
}

// held is what a process has: memory, in KiB, that no other process shares, of it
// what it has written itself (the rest are pages of its program, which are read
// again from its file), threads, open files.
type held struct{ private, written, threads, files int }

func holdings(pid int) (h held, err error) {
	if h.private, err = private(pid); err != nil {
		return h, err
	}
	if h.written, err = total(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Private_Dirty:", "Private_Hugetlb:"); err != nil {
		return h, err
	}
	if h.threads, err = total(fmt.Sprintf("/proc/%d/status", pid), "Threads:"); err != nil {
		return h, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	h.files = len(files)
	return h, err
}

// holds tells what a process has.
func (b bench) holds(name string, at int, h held) error {
	return errors.Join(
		b.tellAt(name+"private memory", at, float64(h.private)*1024, bytes),
		b.tellAt(name+"written by it", at, float64(h.written)*1024, bytes),
		b.tellAt(name+"threads", at, float64(h.threads), number),
		b.tellAt(name+"files", at, float64(h.files), number),
	)
}

// inits is what a Go program says of each package that it starts with.
var inits = regexp.MustCompile(`(?m)^init \S+ @.*, (\d+) bytes, (\d+) allocs$`)

// size looks at the programs themselves.
func size(ctx context.Context, b bench) error {
	for _, name := range []string{"deskbell", "deskbell-gtk", "deskbell.exe", "deskbellw.exe"} {
		info, err := os.Stat(filepath.Join(b.build, name))
		if err != nil {
			return err
		}
		if err := b.tell(name, float64(info.Size()), bytes); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(b.build, program), "version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return err
	}
	sum, count := 0, 0
	for _, match := range inits.FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(match[1]) // it is digits
		c, _ := strconv.Atoi(match[2])
		sum, count = sum+n, count+c
	}
	return errors.Join(b.tell("deskbell, allocated before main", float64(sum), bytes), b.tell("deskbell, allocations before main", float64(count), number))
}

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
)

// growths are after how many messages a monitor is looked at.
var growths = []int{1_000, 10_000, 100_000}

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
		fmt.Printf("%-12s %16s %10s %10s\n", "messages", "private memory", "threads", "files")
		done := 0
		for _, n := range growths {
			for ; done < n; done++ {
				if _, err := delivery.Send(ctx, question(), delivery.Options{Queue: p.queue, Mailbox: box}); err != nil {
					return err
				}
			}
			h, err := holdings(attendants[0].Pid)
			if err != nil {
				return err
			}
			fmt.Printf("%-12d %12.1f MiB %10d %10d\n", n, float64(h.private)/1024, h.threads, h.files)
		}
		return nil
	})
}

// held is what a process has.
type held struct{ private, threads, files int }

func holdings(pid int) (h held, err error) {
	if h.private, err = private(pid); err != nil {
		return h, err
	}
	if h.threads, err = total(fmt.Sprintf("/proc/%d/status", pid), "Threads:"); err != nil {
		return h, err
	}
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	h.files = len(files)
	return h, err
}

// inits is what a Go program says of each package that it starts with.
var inits = regexp.MustCompile(`(?m)^init \S+ @.*, (\d+) bytes, (\d+) allocs$`)

// size looks at the programs themselves.
func size(ctx context.Context, b bench) error {
	fmt.Printf("%-16s %10s %20s %14s\n", "", "size", "allocated at start", "allocations")
	for _, name := range []string{"deskbell", "deskbell-gtk", "deskbell.exe", "deskbellw.exe"} {
		file := filepath.Join(b.build, name)
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		bytes, allocations := "", ""
		if name == "deskbell" {
			cmd := exec.CommandContext(ctx, file, "version")
			cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
			out, err := cmd.CombinedOutput()
			if err != nil {
				return err
			}
			bytes, allocations = added(string(out))
		}
		fmt.Printf("%-16s %7.1f MB %20s %14s\n", name, float64(info.Size())/1e6, bytes, allocations)
	}
	return nil
}

func added(trace string) (bytes, allocations string) {
	var sum, count int
	for _, match := range inits.FindAllStringSubmatch(trace, -1) {
		n, _ := strconv.Atoi(match[1]) // it is digits
		c, _ := strconv.Atoi(match[2])
		sum, count = sum+n, count+c
	}
	return strings.TrimSpace(fmt.Sprintf("%.1f KiB", float64(sum)/1024)), strconv.Itoa(count)
}

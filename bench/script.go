package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// scriptRounds is how often each program is started.
const scriptRounds = 100

// script measures what a question costs a script: the whole process of "deskbell
// ask", from its start to its end, with a monitor that attends, beside a bare Go
// program that does one round trip the plain way.
func script(ctx context.Context, b bench) error {
	place, err := newPlace()
	if err != nil {
		return err
	}
	defer place.remove()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	stopRaw, err := start(ctx, self, "-raw-responder", place.raw)
	if err != nil {
		return err
	}
	defer stopRaw()
	_, stop, err := b.monitor(ctx, place)
	if err != nil {
		return err
	}
	defer stop()
	var plain, ours sample
	for i := range min(b.rounds, scriptRounds) + 1 {
		raw, err := timed(exec.CommandContext(ctx, self, "-raw-ask", place.raw, strconv.Itoa(i)))
		if err != nil {
			return fmt.Errorf("the plain way: %w", err)
		}
		asked, err := timed(exec.CommandContext(ctx, filepath.Join(b.build, program), "ask", "Install now?",
			"--button", "Now", "--button", "Later", "--queue", place.queue, "--launch", "never"))
		if err != nil {
			return err
		}
		if i > 0 { // the first fills the caches
			plain, ours = append(plain, raw), append(ours, asked)
		}
	}
	for _, q := range []struct {
		name string
		q    float64
	}{{"p50", .5}, {"p99", .99}} {
		a, d := plain.seconds(q.q), ours.seconds(q.q)
		err := errors.Join(b.tell("plain program "+q.name, a, seconds), b.tell("deskbell ask "+q.name, d, seconds), b.tell("more than plain, "+q.name, d-a, seconds))
		if err != nil {
			return err
		}
	}
	return nil
}

// timed runs a program to its end.
func timed(cmd *exec.Cmd) (time.Duration, error) {
	cmd.Stderr = os.Stderr
	start := time.Now()
	err := cmd.Run()
	return time.Since(start), err
}

// rawAskOnce is the bare program's one round trip.
func rawAskOnce(root, number string) error {
	i, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	ask, err := rawAsk(root)
	if err != nil {
		return err
	}
	_, err = ask(i)
	return err
}

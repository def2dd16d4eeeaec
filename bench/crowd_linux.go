package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
)

// crowdMessages is how many messages each crowd of senders sends in all.
const crowdMessages = 2000

// attended runs a row with a monitor that attends in a place of its own.
func (b bench) attended(ctx context.Context, row func(place, *mailbox.Mailbox) error) error {
	p, err := newPlace()
	if err != nil {
		return err
	}
	defer p.remove()
	box, stop, err := b.monitor(ctx, p)
	if err != nil {
		return err
	}
	defer stop()
	return row(p, box)
}

// senders measures what a message costs when many senders ask one monitor at once.
func senders(ctx context.Context, b bench) error {
	return b.attended(ctx, func(p place, box *mailbox.Mailbox) error {
		for _, n := range []int{1, 10, 100, 1000, 2000} {
			took, err := crowd(ctx, p, box, n)
			if err != nil {
				return err
			}
			if err := b.tellAt(eachMessage, n, each(took, crowdMessages), seconds); err != nil {
				return err
			}
		}
		return nil
	})
}

// crowd has n senders send all messages between them.
func crowd(ctx context.Context, p place, box *mailbox.Mailbox, n int) (time.Duration, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	start := time.Now()
	for range n {
		all.Go(func() {
			for range crowdMessages / n {
				results, err := delivery.Send(ctx, question(), delivery.Options{Queue: p.queue, Mailbox: box})
				if err == nil && results[0].Outcome != delivery.Answered {
					err = fmt.Errorf("the answer is %+v", results[0])
				}
				if err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(start), context.Cause(ctx)
}

// monitors measures what a question costs when many monitors attend, each of another
// person, as on a server where many are logged on. It takes root to be several people.
func monitors(ctx context.Context, b bench) error {
	if os.Geteuid() != 0 {
		return errors.New("monitors of many people are for root to start")
	}
	return b.attended(ctx, func(p place, box *mailbox.Mailbox) error {
		// Other people may use it too.
		if err := os.Chmod(p.directory, 0o755); err != nil {
			return err
		}
		running := 1
		for _, n := range []int{1, 10, 100, 200} {
			for ; running < n; running++ {
				stop, err := b.another(ctx, p, running)
				if err != nil {
					return err
				}
				defer stop()
			}
			var took sample
			for range b.rounds {
				start := time.Now()
				if _, err := delivery.Send(ctx, question(), delivery.Options{Queue: p.queue, Mailbox: box}); err != nil {
					return err
				}
				took = append(took, time.Since(start))
			}
			if err := errors.Join(b.tellAt(oneQuestion, n, took.seconds(.5), seconds), b.tellAt("a question, p99", n, took.seconds(.99), seconds)); err != nil {
				return err
			}
		}
		return nil
	})
}

// another starts the monitor of another person, and returns once it attends.
func (b bench) another(ctx context.Context, p place, n int) (stop func(), err error) {
	const people = 61_000 // nobody's numbers
	runtime := filepath.Join(p.directory, fmt.Sprint("of-", n))
	program := filepath.Join(p.directory, program)
	if n == 1 {
		content, err := os.ReadFile(filepath.Join(b.build, "deskbell"))
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(program, content, 0o755); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(os.Mkdir(runtime, 0o700), os.Chown(runtime, people+n, people+n)); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "monitor", "--foreground", "--log", "none", "--ui", "script:"+os.DevNull)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(people + n), Gid: uint32(people + n)}}
	cmd.Env = []string{"DESKBELL_RUNTIME_DIR=" + runtime, "HOME=" + runtime, fmt.Sprint("USER=nobody-", n)}
	cmd.Dir, cmd.Stderr = p.directory, os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	starting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		records, err := filepath.Glob(filepath.Join(runtime, "*", "monitor", "*.json"))
		if err == nil && len(records) > 0 {
			return stop, nil
		}
		if err := errors.Join(err, pause(starting, time.Millisecond)); err != nil {
			stop()
			return nil, fmt.Errorf("the monitor of another person does not attend: %w", err)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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
		fmt.Printf("%-10s %16s %16s\n", "senders", "2,000 messages", "each")
		for _, n := range []int{1, 10, 100, 1000, 2000} {
			took, err := crowd(ctx, p, box, n)
			if err != nil {
				return err
			}
			fmt.Printf("%-10d %16v %16v\n", n, took.Round(time.Millisecond), (took / crowdMessages).Round(time.Microsecond))
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

// monitors measures what a question costs when many monitors attend, each a queue of
// its own. Each has three files of inotify, of which Linux, as it is set up, lets one
// person have 128.
func monitors(ctx context.Context, b bench) error {
	return b.attended(ctx, func(p place, box *mailbox.Mailbox) error {
		fmt.Printf("%-10s %10s %10s\n", "monitors", "p50", "p99")
		running := 1
		for _, n := range []int{1, 10, 30} {
			for ; running < n; running++ {
				stop, err := start(ctx, filepath.Join(b.build, program), "monitor", "--foreground", "--queue", fmt.Sprintf("%s-%d", p.queue, running),
					"--log", "none", "--ui", "script:"+os.DevNull)
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
			fmt.Printf("%-10d %10v %10v\n", n, took.quantile(.5).Round(time.Microsecond), took.quantile(.99).Round(time.Microsecond))
		}
		return nil
	})
}

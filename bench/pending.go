package main

import (
	"context"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// pending measures how long a monitor takes to answer what has piled up while
// nobody attended, in all and for each message.
func pending(ctx context.Context, b bench) error {
	fmt.Printf("%-10s %12s %12s %14s\n", "messages", "put", "answered", "each answered")
	for _, n := range []int{100, 1000, 10000} {
		if err := b.pile(ctx, n); err != nil {
			return fmt.Errorf("%d messages: %w", n, err)
		}
	}
	return nil
}

func (b bench) pile(ctx context.Context, n int) error {
	place, err := newPlace()
	if err != nil {
		return err
	}
	defer place.remove()
	box, err := mailbox.OpenUser(place.queue)
	if err != nil {
		return err
	}
	ids := make([]string, n)
	start := time.Now()
	for i := range ids {
		ids[i] = protocol.NewID()
		if err := box.Put(ids[i], question()); err != nil {
			return err
		}
	}
	put := time.Since(start)
	start = time.Now()
	_, stop, err := b.monitor(ctx, place)
	if err != nil {
		return err
	}
	defer stop()
	for _, id := range ids {
		if _, err := box.Await(ctx, id, question()); err != nil {
			return err
		}
	}
	answered := time.Since(start)
	for _, id := range ids {
		if err := box.Forget(id); err != nil {
			return err
		}
	}
	fmt.Printf("%-10d %12v %12v %14v\n", n, put.Round(time.Millisecond), answered.Round(time.Millisecond), (answered / time.Duration(n)).Round(time.Microsecond))
	return nil
}

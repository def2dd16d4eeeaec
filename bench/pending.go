package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// pending measures how long a monitor takes to answer what has piled up while
// nobody attended, in all and for each message.
func pending(ctx context.Context, b bench) error {
	for _, n := range piles {
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
	return errors.Join(b.tellAt("each put", n, each(put, n), seconds), b.tellAt(eachAnswered, n, each(answered, n), seconds))
}

package service

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// The work is ready when it takes the first signal, and signals that it has not
// taken yet become one.
func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		changes := make(chan struct{})
		begin, looks := make(chan struct{}), 0
		work := func(ctx context.Context, sessions <-chan struct{}) error {
			for {
				<-begin
				select {
				case <-sessions:
					looks++
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		ready, ended := 0, make(chan error, 1)
		go func() { ended <- serve(ctx, work, changes, func() { ready++ }) }()
		check := func(when string, wantReady, wantLooks int) {
			t.Helper()
			synctest.Wait()
			if ready != wantReady || looks != wantLooks {
				t.Errorf("%s: ready %d times, looked %d times; want %d, %d", when, ready, looks, wantReady, wantLooks)
			}
		}
		check("before the work asks", 0, 0)
		begin <- struct{}{}
		check("when the work asks", 1, 1)
		for range 3 {
			changes <- struct{}{}
		}
		begin <- struct{}{}
		check("after three changes", 1, 2)
		begin <- struct{}{}
		check("without a change", 1, 2)
		close(changes)
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("told to end, it ended with %v", err)
		}
	})
}

func TestServeFails(t *testing.T) {
	broken := errors.New("broken")
	work := func(context.Context, <-chan struct{}) error { return broken }
	ready := func() { t.Error("it was ready") }
	if err := serve(t.Context(), work, nil, ready); !errors.Is(err, broken) {
		t.Errorf("it ended with %v", err)
	}
}

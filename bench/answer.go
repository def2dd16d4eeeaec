package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// answer measures from putting a question to having its answer: the plain way,
// and Deskbell's, with a scripted user. Both have an asking and an answering
// process; rounds of the two take turns, so that they share the weather. What
// is measured of Deskbell ends when message and reply are cleared away, as a
// sender has it; the plain way is measured to the answer, and to there too.
func answer(ctx context.Context, b bench) error {
	place, err := newPlace()
	if err != nil {
		return err
	}
	defer place.remove()
	stopRaw, err := start(ctx, os.Args[0], "-raw-responder", place.raw)
	if err != nil {
		return err
	}
	defer stopRaw()
	ask, err := rawAsk(place.raw)
	if err != nil {
		return err
	}
	box, stop, err := b.monitor(ctx, place)
	if err != nil {
		return err
	}
	defer stop()
	var plain, cleared, ours sample
	const warmUp = 20
	for i := range b.rounds + warmUp {
		start := time.Now()
		took, err := ask(i)
		whole := time.Since(start)
		if err != nil {
			return fmt.Errorf("the plain way: %w", err)
		}
		if i >= warmUp {
			plain, cleared = append(plain, took), append(cleared, whole)
		}
		start = time.Now()
		results, err := delivery.Send(ctx, question(), delivery.Options{Queue: place.queue, Mailbox: box})
		whole = time.Since(start)
		if err != nil {
			return err
		}
		if results[0].Outcome != delivery.Answered || results[0].Reply.Button != protocol.ButtonCustom {
			return fmt.Errorf("the answer is %+v", results[0])
		}
		if i >= warmUp {
			ours = append(ours, whole)
		}
	}
	return b.compare(plain, cleared, ours)
}

func question() protocol.Message {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = "Install now?", []string{"Now", "Later"}
	return m
}

// monitor starts a monitor with a scripted user who always agrees.
func (b bench) monitor(ctx context.Context, p place) (*mailbox.Mailbox, func(), error) {
	script := filepath.Join(p.directory, "script")
	if err := os.WriteFile(script, []byte(`{"button":101}`+"\n"), 0o600); err != nil {
		return nil, nil, err
	}
	box, err := mailbox.OpenUser(p.queue)
	if err != nil {
		return nil, nil, err
	}
	stop, err := start(ctx, filepath.Join(b.build, program), "monitor", "--foreground", "--queue", p.queue, "--log", "none", "--ui", "script:"+script)
	if err != nil {
		return nil, nil, err
	}
	ping := protocol.NewMessage(protocol.KindControl)
	ping.Command = protocol.CommandPing
	if _, err := delivery.Send(ctx, ping, delivery.Options{Mailbox: box, Launch: func(context.Context) error { return nil }}); err != nil {
		stop()
		return nil, nil, err
	}
	return box, stop, nil
}

// start starts a program. What is returned ends it.
func start(ctx context.Context, command ...string) (func(), error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}, nil
}

// Command winshow shows one window of ours on Windows, to be looked at: it
// reads questions as a dialog host does, one JSON object a line, the first to
// be shown, later ones to update it, and prints the reply.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/balloon"
	"github.com/deskbell/deskbell/internal/dialog/inputbox"
	"github.com/deskbell/deskbell/internal/dialog/taskdialog"
	"github.com/deskbell/deskbell/protocol"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "winshow:", err)
		os.Exit(1)
	}
}

func run() error {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	if !lines.Scan() {
		return fmt.Errorf("no question: %w", lines.Err())
	}
	first, err := question(lines.Bytes())
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	updates := make(chan dialog.Question)
	go func() {
		for lines.Scan() {
			newer, err := question(lines.Bytes())
			if err != nil {
				fmt.Fprintln(os.Stderr, "winshow:", err)
				continue
			}
			select {
			case updates <- newer:
			case <-ctx.Done():
				return
			}
		}
	}()
	reply, err := shows(first.Kind).Show(ctx, first, updates)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(reply); err != nil {
		return err
	}
	if first.Kind == protocol.KindNotify { // it goes with this process
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, os.Interrupt)
		<-ended
	}
	return nil
}

func question(line []byte) (dialog.Question, error) {
	var q dialog.Question
	if err := json.Unmarshal(line, &q); err != nil {
		return q, fmt.Errorf("read a question: %w", err)
	}
	if q.Remaining > 0 && !q.Paused {
		q.Deadline = time.Now().Add(time.Duration(q.Remaining) * time.Millisecond)
	}
	return q, nil
}

func shows(kind string) dialog.Dialog {
	switch kind {
	case protocol.KindInput, protocol.KindChoose:
		return inputbox.New()
	case protocol.KindNotify:
		return balloon.New(nil)
	}
	return taskdialog.New()
}

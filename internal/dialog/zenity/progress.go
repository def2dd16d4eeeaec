//go:build linux

package zenity

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/protocol"
)

// progress shows a bar that follows the updates. A new title, or a Cancel
// button that comes or goes, needs a new window.
func (d *Dialog) progress(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	var shown time.Time
	for {
		reply, next, err := d.bar(ctx, q, updates)
		if shown.IsZero() {
			shown = reply.ShownAt
		}
		reply.ShownAt = shown
		if !errors.Is(err, errOther) {
			return reply, err
		}
		q = next
	}
}

// errOther closes a bar that cannot show what is to be shown now.
var errOther = errors.New("another window is needed")

// bar shows one window and returns the question as it was last.
func (d *Dialog) bar(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, dialog.Question, error) {
	window, closeWindow := context.WithCancelCause(ctx)
	defer closeWindow(nil)
	type outcome struct {
		reply protocol.Reply
		err   error
	}
	lines, feed, err := os.Pipe()
	if err != nil {
		return protocol.Reply{}, q, fmt.Errorf("making a pipe for zenity: %w", err)
	}
	done := make(chan outcome, 1)
	opened := q
	go func() {
		reply, err := d.feed(window, opened, lines)
		done <- outcome{reply, err}
	}()
	latest := make(chan dialog.Question, 1)
	written := make(chan struct{})
	go func() {
		defer close(written)
		for q := range latest {
			// The only failure is a window that is gone, which is reported.
			if _, err := feed.WriteString(stdin(q)); err != nil {
				return
			}
		}
	}()
	defer func() {
		close(latest)
		// A write that waits for a reader that is gone ends.
		lines.Close()
		feed.Close()
		<-written
	}()
	latest <- q
	for {
		select {
		case result := <-done:
			return result.reply, q, result.err
		case next, ok := <-updates:
			if !ok {
				updates = nil
				continue
			}
			other := next.Raise || flat.Title(next) != flat.Title(q) || next.Cancellable != q.Cancellable
			q = next
			if other {
				closeWindow(errOther)
				continue
			}
			// A bar that is behind shows the latest, not every step.
			select {
			case <-latest:
			default:
			}
			latest <- q
		}
	}
}

// feed runs zenity on lines of its progress protocol.
func (d *Dialog) feed(ctx context.Context, q dialog.Question, lines *os.File) (protocol.Reply, error) {
	reply := protocol.Reply{Channel: protocol.ChannelDialog, Button: protocol.NoButton}
	args := []string{"--progress", "--title=" + flat.Title(q), "--width=420", "--text= "}
	if q.Cancellable {
		args = append(args, "--cancel-label="+caption(q))
	} else {
		args = append(args, "--no-cancel")
	}
	// The OK button, which waits for the end, has no part in a bar that the
	// monitor closes; zenity hides it only together with Cancel.
	args = append(args, "--ok-label="+q.Words.Close, "--auto-close")
	result, err := d.zenity.Run(ctx, lines, args...)
	reply.ShownAt = result.ShownAt
	switch {
	case err != nil:
		return reply, err
	case result.Status == exitOK:
		reply.Status = protocol.StatusAnswered
	case result.Status == exitCancel, result.Status == exitClosed:
		reply.Status, reply.Button = protocol.StatusAnswered, q.Cancel
		if q.Cancel == protocol.NoButton {
			reply.Status = protocol.StatusDismissed
		}
	default:
		return reply, failure(result)
	}
	return reply, nil
}

func caption(q dialog.Question) string {
	for _, b := range q.Buttons {
		if b.Number == q.Cancel {
			return b.Caption
		}
	}
	return q.Words.Close
}

// stdin returns the lines that make a bar show q. zenity reads backslash
// escapes in its text, which is how that has several lines. 100 would end
// the window, which is for the monitor to do.
func stdin(q dialog.Question) string {
	text := flat.Text(q, time.Now(), "")
	if detail := flat.Line(q.Detail); detail != "" {
		text += "\n\n" + detail
	}
	text = strings.ReplaceAll(compress(flat.Wrap(text, columns)), "\n", `\n`)
	bar := "pulsate:true\n"
	if q.Percent >= 0 {
		bar = fmt.Sprintf("pulsate:false\n%d\n", min(q.Percent, 99))
	}
	return "# " + text + "\n" + bar
}

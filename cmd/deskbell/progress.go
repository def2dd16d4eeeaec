package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

func (c *call) progress() *cobra.Command {
	command := &cobra.Command{
		Use:   "progress [TEXT] [-- COMMAND…]",
		Short: "Show a progress bar, fed by stdin or while a command runs",
		Args:  cobra.ArbitraryArgs,
		Example: `  deskbell progress "Installing" -- apt-get install -y editor
  for i in 20 40 60 80 100; do echo $i; echo "# step $i"; sleep 1; done | deskbell progress "Working"`,
	}
	s := c.addSender(command)
	command.Long += "\n\nOn stdin a line with a number is the percentage, and one that begins with # the\n" +
		"line under the bar; 100 or the end of stdin closes it. With a COMMAND the bar is\n" +
		"there while it runs, Cancel (--cancellable) ends it, and the exit status is the\n" +
		"command's own, or 125 (not started), 126 (not executable), 127 (not found)."
	set := c.addFields(command, protocol.KindProgress, "Version", "Kind")
	command.RunE = func(command *cobra.Command, args []string) error {
		text, program := args, []string(nil)
		if dash := command.ArgsLenAtDash(); dash >= 0 {
			text, program = args[:dash], args[dash:]
			if len(program) == 0 {
				return &usageError{problem: "there is no COMMAND after --"}
			}
		}
		if len(text) > 0 {
			if err := set.give("Text", text[0]); err != nil {
				return err
			}
			if err := noMore(set, text[1:]); err != nil {
				return err
			}
		}
		if s.noWait {
			return &usageError{problem: "--no-wait: a progress bar lasts as long as its sender"}
		}
		m, err := set.message(protocol.KindProgress)
		if err != nil {
			return err
		}
		if program != nil {
			return c.progressAround(command, s, m, program)
		}
		return c.progressOf(command, s, m)
	}
	return command
}

// progressOf feeds the bar from stdin.
func (c *call) progressOf(command *cobra.Command, s *sender, m protocol.Message) error {
	o, err := s.options(c)
	if err != nil {
		return err
	}
	ctx := command.Context()
	d, err := delivery.Open(ctx, m, o)
	if err != nil {
		return err
	}
	fed := make(chan error, 1)
	// The reader cannot be waited for: a read of stdin ends when its writer
	// likes. It ends with the process.
	go func() { fed <- feed(c.stdin, d) }()
	results := d.Wait(ctx)
	select {
	case err := <-fed:
		if err != nil {
			c.tell(command, err)
		}
	default:
	}
	return c.finish(command, d.ID(), m, results)
}

// feed puts what lines of zenity's protocol say on the bar, until 100 or their
// end, which completes it.
func feed(lines io.Reader, d *delivery.Delivery) error {
	scanner := bufio.NewScanner(lines)
	scanner.Buffer(nil, protocol.MaxField)
	for scanner.Scan() {
		change := parseProgress(scanner.Text())
		if change == nil {
			continue
		}
		finished := false
		err := d.Update(func(m *protocol.Message) {
			change(m)
			finished = m.Percent == 100
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil // closed by the user, or over
		}
		if err != nil || finished {
			return err
		}
	}
	err := d.Update(complete100)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(scanner.Err(), err)
}

func complete100(m *protocol.Message) { m.Percent = 100 }

// parseProgress reads a line of zenity's progress protocol; nil for one that
// says nothing.
func parseProgress(line string) func(*protocol.Message) {
	line = strings.TrimSpace(line)
	if text, ok := strings.CutPrefix(line, "#"); ok {
		text = strings.TrimSpace(text)
		return func(m *protocol.Message) { m.Detail = text }
	}
	percent, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(line, "%")), 64)
	if err != nil || math.IsNaN(percent) {
		return nil
	}
	n := int(math.Floor(max(-1, min(percent, 100))))
	return func(m *protocol.Message) { m.Percent = n }
}

// progressAround shows the bar while a command runs, and ends with its status.
func (c *call) progressAround(command *cobra.Command, s *sender, m protocol.Message, program []string) error {
	o, err := s.options(c)
	if err != nil {
		return &commandError{ours, err}
	}
	path, err := lookUp(program[0])
	if err != nil {
		return err
	}
	ctx := command.Context()
	d, err := delivery.Open(ctx, m, o)
	if err != nil {
		return &commandError{ours, err}
	}
	if result, ok := d.Attended(ctx); !ok {
		return &commandError{ours, result.Err}
	}
	running, err := c.start(path, program)
	if err != nil {
		return errors.Join(err, d.Withdraw())
	}
	results := make(chan []delivery.Result, 1)
	go func() { results <- d.Wait(ctx) }()
	var result delivery.Result
	select {
	case <-running.done:
		if err := d.Update(complete100); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.tell(command, err)
		}
		result = (<-results)[0]
	case r := <-results:
		result = r[0]
		c.barEnded(command, ctx, running, result)
		<-running.done
	}
	return c.finishCommand(command, d.ID(), m, result, running)
}

// barEnded ends the command when the user pressed Cancel, or the sender was
// interrupted; whatever else ends the bar leaves the command alone.
func (c *call) barEnded(command *cobra.Command, ctx context.Context, running *running, result delivery.Result) {
	switch {
	case ctx.Err() != nil, result.Outcome == delivery.Answered && result.Reply.Button == protocol.ButtonCancel:
		if err := running.end(); err != nil {
			c.tell(command, fmt.Errorf("end the command: %w", err))
		}
	case result.Err != nil:
		c.tell(command, fmt.Errorf("the progress bar: %w", result.Err))
	}
}

// finishCommand tells the command's own exit status.
func (c *call) finishCommand(command *cobra.Command, id string, m protocol.Message, result delivery.Result, running *running) error {
	status, err := running.status()
	if err != nil {
		return err
	}
	c.exit = status
	if !c.json {
		return nil
	}
	j := c.newReport(result.Outcome, nil)
	j.ExitFrom, j.ID = "command", id
	if result.Reply.Status != "" {
		j.replyReport = newReplyReport(m, result.Reply)
		j.Replies = append(j.Replies, newRecipientReport(m, result))
	}
	return c.writeJSON(j)
}

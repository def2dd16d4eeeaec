package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// testerTitle is the title of a window that the tester was given none for.
const testerTitle = "Deskbell tester"

// tester asks on the console what to ask, sends it as a service would and
// prints the reply, until no question is given. It prints mistakes and goes on.
func (c *call) tester(ctx context.Context, command *cobra.Command, s *sender) error {
	queue, err := c.queueName()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.stdout, "Questions for whoever attends the queue %q. An empty question ends.\n", queue)
	console := newConsole(c.stdin, c.stdout)
	for {
		m, err := console.question(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		o, err := s.options(c)
		if err != nil {
			return err
		}
		begin := time.Now()
		results, err := delivery.Send(ctx, m, o)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			c.tell(command, err)
		default:
			c.tellReply(command, m, results[0], time.Since(begin))
		}
	}
}

// tellReply prints what became of a question of the tester.
func (c *call) tellReply(command *cobra.Command, m protocol.Message, result delivery.Result, took time.Duration) {
	exit := exitOf(result.Outcome, result.Reply.Button, c.style)
	fmt.Fprintf(c.stdout, "Reply after %.1f s: %s", took.Seconds(), result.Outcome)
	if result.Outcome == delivery.Answered {
		fmt.Fprintf(c.stdout, ", button %d %q", result.Reply.Button, choiceOf(m, result.Reply))
	}
	if result.Reply.Channel != "" {
		fmt.Fprintf(c.stdout, ", by %s", result.Reply.Channel)
	}
	if result.Reply.User != "" {
		fmt.Fprintf(c.stdout, ", from %s", result.Reply.User)
	}
	fmt.Fprintf(c.stdout, "; deskbell ask would exit with %d.\n", exit)
	if result.Err != nil {
		c.tell(command, result.Err)
	}
}

// console asks line by line.
type console struct {
	out   io.Writer
	lines <-chan string // closed at the end of the input
}

// newConsole reads lines. The reader cannot be waited for: a read of a console
// ends when somebody types or the program ends.
func newConsole(in io.Reader, out io.Writer) *console {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		scanner.Buffer(nil, protocol.MaxField)
		for scanner.Scan() {
			lines <- scanner.Text()
		}
	}()
	return &console{out, lines}
}

// prompt asks for one line. It blocks; the error is io.EOF at the end of the
// input, or why ctx was cancelled.
func (c *console) prompt(ctx context.Context, what string) (string, error) {
	fmt.Fprint(c.out, what+": ")
	select {
	case line, ok := <-c.lines:
		if !ok {
			fmt.Fprintln(c.out)
			return "", io.EOF
		}
		return strings.TrimSpace(line), nil
	case <-ctx.Done():
		fmt.Fprintln(c.out)
		return "", context.Cause(ctx)
	}
}

// question asks for a question; io.EOF when there is none.
func (c *console) question(ctx context.Context) (protocol.Message, error) {
	m := protocol.NewMessage(protocol.KindPopup)
	var err error
	if m.Text, err = c.prompt(ctx, "Question"); err != nil {
		return m, err
	}
	if m.Text == "" {
		return m, io.EOF
	}
	buttons, err := c.prompt(ctx, "Buttons, a Popup type (4 is Yes and No) or captions with commas between [OK]")
	if err != nil {
		return m, err
	}
	setButtons(&m, buttons)
	if m.Title, err = c.prompt(ctx, "Title ["+testerTitle+"]"); err != nil {
		return m, err
	}
	if m.Title == "" {
		m.Title = testerTitle
	}
	for {
		text, err := c.prompt(ctx, "Timeout, like 30 or 5m [none]")
		if err != nil || text == "" {
			return m, err
		}
		timeout, err := parseDuration(text)
		if err == nil {
			m.Timeout = int(timeout.Round(time.Second) / time.Second)
			return m, nil
		}
		fmt.Fprintln(c.out, err)
	}
}

// setButtons takes a Popup type, or captions.
func setButtons(m *protocol.Message, text string) {
	if kind, err := strconv.Atoi(text); err == nil {
		m.Type = kind
		return
	}
	for caption := range strings.SplitSeq(text, ",") {
		if caption = strings.TrimSpace(caption); caption != "" {
			m.Buttons = append(m.Buttons, caption)
		}
	}
}

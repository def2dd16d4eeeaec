package tty

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/dialog/flat"
	"github.com/deskbell/deskbell/protocol"
)

// stage is what the next line answers.
type stage int

const (
	field  stage = iota // the text of an input
	items               // the items of a list
	button              // one of the buttons
	tick                // the tick box
)

// conversation is one question in progress.
type conversation struct {
	terminal
	q     dialog.Question
	at    stage
	lines []string // of an answer of several lines, so far
	reply protocol.Reply
}

// ask prints the whole question, from its beginning.
func (c *conversation) ask() error {
	c.lines, c.reply = nil, protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton}
	// Who sent stands at the left edge, where the lines of a message never
	// begin.
	q := c.q
	if err := c.say("", "── "+clean(flat.Title(q))); err != nil {
		return err
	}
	if sender := clean(flat.Line(q.Sender)); sender != "" {
		if err := c.say(indent, "“"+sender+"”"); err != nil {
			return err
		}
	}
	for _, part := range []string{q.Text, q.Details, q.Link, flat.Countdown(q, time.Now())} {
		if part != "" {
			if err := c.say(indent, clean(part)); err != nil {
				return err
			}
		}
	}
	switch q.Kind {
	case protocol.KindProgress:
		return c.bar()
	case protocol.KindInput:
		return c.turn(field)
	case protocol.KindChoose:
		return c.turn(items)
	}
	if len(q.Buttons) == 0 && q.Kind == protocol.KindNotify {
		return nil
	}
	return c.turn(button)
}

// turn goes to a stage and prints what can be answered there.
func (c *conversation) turn(to stage) error {
	c.at = to
	var options []string
	switch to {
	case field:
		if c.q.Multiline {
			options = append(options, clean(c.q.Words.Lines))
		}
		if c.q.Initial != "" && !c.q.Mask {
			options = append(options, "["+clean(c.q.Initial)+"]")
		}
	case items:
		for i, choice := range c.q.Choices {
			options = append(options, option(i, choice.Caption, choice.Selected))
		}
	case button:
		for i, b := range c.buttons() {
			options = append(options, option(i, b.Caption, b.Number == c.q.Default))
		}
	case tick:
		options = append(options, option(0, c.q.Check, false))
	}
	for _, o := range options {
		if err := c.say(indent, o); err != nil {
			return err
		}
	}
	if err := c.Echo(to != field || !c.q.Mask); err != nil {
		return err
	}
	_, err := io.WriteString(c, "> ")
	return err
}

func option(i int, caption string, marked bool) string {
	mark := ' '
	if marked {
		mark = '*'
	}
	return fmt.Sprintf("%c%d) %s", mark, i+1, clean(flat.Line(caption)))
}

// buttons returns the buttons that are asked for: all, or where a window has
// none, its Close.
func (c *conversation) buttons() []dialog.Button {
	if len(c.q.Buttons) == 0 {
		return []dialog.Button{{Number: protocol.NoButton, Caption: c.q.Words.Close}}
	}
	return c.q.Buttons
}

// update follows a change of the question; visible is whether there is one to
// be seen.
func (c *conversation) update(next dialog.Question, visible bool) error {
	before := c.q
	c.q = next
	if next.Kind == protocol.KindProgress {
		before.Percent, before.Detail = next.Percent, next.Detail
		if !next.Raise && before.Title == next.Title && before.Text == next.Text && before.Details == next.Details {
			return c.bar()
		}
	}
	if !visible {
		return nil
	}
	if _, err := io.WriteString(c, "\n"); err != nil {
		return err
	}
	return c.ask()
}

// bar draws the progress over itself, in one line.
func (c *conversation) bar() error {
	const cells = 20
	percent := "  ? "
	full := 0
	if c.q.Percent >= 0 {
		full = min(c.q.Percent, 100) * cells / 100
		percent = fmt.Sprintf("%3d%%", min(c.q.Percent, 100))
	}
	text := []rune(clean(flat.Line(c.q.Detail)))
	if room := max(0, (c.Width()-cells-12)/2); len(text) > room {
		text = text[:room]
	}
	_, err := fmt.Fprintf(c, "\r%s[%s%s] %s %s\x1b[K", indent, strings.Repeat("#", full), strings.Repeat(".", cells-full), percent, string(text))
	return err
}

// hear takes a line from the person. It returns the reply once it is whole.
func (c *conversation) hear(l line) (protocol.Reply, bool, error) {
	end := errors.Is(l.err, io.EOF)
	switch {
	case end && c.at == field && c.q.Multiline && c.q.Kind == protocol.KindInput:
	case end, errors.Is(l.err, errInterrupted):
		if c.q.Kind == protocol.KindProgress && !c.q.Cancellable {
			return protocol.Reply{}, false, nil
		}
		return c.dismissed(), true, c.say("", "")
	case l.err != nil:
		return protocol.Reply{}, false, l.err
	}
	if c.q.Kind == protocol.KindProgress {
		return protocol.Reply{}, false, c.bar()
	}
	switch c.at {
	case field:
		return c.hearField(l.text, end)
	case items:
		return c.hearItems(l.text)
	case button:
		return c.hearButton(l.text)
	default:
		c.reply.Checked = strings.TrimSpace(l.text) == "1"
		return c.reply, true, nil
	}
}

func (c *conversation) dismissed() protocol.Reply {
	if c.q.Cancel != protocol.NoButton {
		return protocol.Reply{Status: protocol.StatusAnswered, Button: c.q.Cancel}
	}
	return protocol.Reply{Status: protocol.StatusDismissed, Button: protocol.NoButton}
}

func (c *conversation) hearField(text string, end bool) (protocol.Reply, bool, error) {
	if c.q.Multiline {
		if !end && text != "." {
			c.lines = append(c.lines, text)
			return protocol.Reply{}, false, nil
		}
		text = strings.Join(c.lines, "\n")
		c.lines = nil
	}
	if text == "" {
		text = c.q.Initial
	}
	if len(text) > protocol.MaxField || !(protocol.Message{Pattern: c.q.Pattern}).Matches(text) {
		if err := c.say(indent, clean(flat.Hint(c.q))); err != nil {
			return protocol.Reply{}, false, err
		}
		return protocol.Reply{}, false, c.turn(field)
	}
	c.reply.Answer = text
	return c.accept()
}

func (c *conversation) hearItems(text string) (protocol.Reply, bool, error) {
	numbers := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' })
	chosen := []string{}
	for _, choice := range c.q.Choices {
		if len(numbers) == 0 && choice.Selected {
			chosen = append(chosen, choice.Value)
		}
	}
	for _, number := range numbers {
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > len(c.q.Choices) {
			return protocol.Reply{}, false, c.turn(items)
		}
		if value := c.q.Choices[n-1].Value; !slices.Contains(chosen, value) {
			chosen = append(chosen, value)
		}
	}
	switch {
	case c.q.Multiple:
		c.reply.Items = chosen
	case len(chosen) == 1:
		c.reply.Answer = chosen[0]
	default:
		return protocol.Reply{}, false, c.turn(items)
	}
	return c.accept()
}

// accept ends an input or a choice: with the button that accepts, unless
// there are others than that and Cancel to choose from.
func (c *conversation) accept() (protocol.Reply, bool, error) {
	for _, b := range c.q.Buttons {
		if !c.q.Accepts(b.Number) && b.Number != c.q.Cancel {
			return protocol.Reply{}, false, c.turn(button)
		}
	}
	for _, b := range c.q.Buttons {
		if c.q.Accepts(b.Number) {
			return c.press(b.Number)
		}
	}
	return protocol.Reply{}, false, c.turn(button)
}

// hearButton takes a number, the beginning of one caption only, or nothing
// for the default.
func (c *conversation) hearButton(text string) (protocol.Reply, bool, error) {
	text = strings.TrimSpace(text)
	var found []dialog.Button
	for i, b := range c.buttons() {
		switch {
		case text == strconv.Itoa(i+1), text == "" && (b.Number == c.q.Default || len(c.q.Buttons) == 0):
			return c.press(b.Number)
		case text != "" && strings.HasPrefix(strings.ToLower(b.Caption), strings.ToLower(text)):
			found = append(found, b)
		}
	}
	if len(found) == 1 {
		return c.press(found[0].Number)
	}
	return protocol.Reply{}, false, c.turn(button)
}

func (c *conversation) press(number int) (protocol.Reply, bool, error) {
	c.reply.Button = number
	if !c.q.Accepts(number) {
		c.reply.Answer, c.reply.Items = "", nil
	}
	if number == protocol.NoButton && c.q.Kind != protocol.KindNotify {
		c.reply.Status = protocol.StatusDismissed
	}
	if c.q.Check != "" {
		return protocol.Reply{}, false, c.turn(tick)
	}
	return c.reply, true, nil
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/service"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/internal/setup"
	"github.com/deskbell/deskbell/protocol"
)

// schema is the version of the JSON object that --json prints.
const schema = 1

// report is the JSON object of a command that sends: the reply that counts,
// with every recipient's in Replies.
type report struct {
	Schema   int              `json:"schema"`
	Outcome  delivery.Outcome `json:"outcome"`
	Exit     int              `json:"exit"`
	ExitFrom string           `json:"exitFrom"` // deskbell or command
	ID       string           `json:"id,omitempty"`
	replyReport
	CountsAs string            `json:"countsAs,omitempty"` // yes or no, where --combine and --absent made that of it
	Error    string            `json:"error,omitempty"`
	Hint     string            `json:"hint,omitempty"`
	Replies  []recipientReport `json:"replies"`
}

// recipientReport is what became of the message at one recipient.
type recipientReport struct {
	Outcome delivery.Outcome `json:"outcome"`
	replyReport
	Error string `json:"error,omitempty"`
}

func newRecipientReport(m protocol.Message, r delivery.Result) recipientReport {
	j := recipientReport{Outcome: r.Outcome, replyReport: newReplyReport(m, r.Reply)}
	j.User, j.Session = r.User, r.Session
	if r.Reply.Status == "" {
		j.Button = protocol.NoButton
	}
	if r.Err != nil {
		j.Error = r.Err.Error()
	}
	return j
}

// replyReport is a reply in JSON; Answer is text, a list, or null.
type replyReport struct {
	Status     protocol.Status `json:"status"`
	Button     int             `json:"button"`
	Choice     string          `json:"choice"`
	Answer     any             `json:"answer"`
	Checked    bool            `json:"checked"`
	Seen       bool            `json:"seen"`
	User       string          `json:"user,omitempty"`
	Session    string          `json:"session,omitempty"`
	ShownAt    string          `json:"shownAt,omitempty"`
	AnsweredAt string          `json:"answeredAt,omitempty"`
	Channel    string          `json:"channel,omitempty"`
}

func newReplyReport(m protocol.Message, r protocol.Reply) replyReport {
	j := replyReport{
		Status: r.Status, Button: r.Button, Choice: choiceOf(m, r), Checked: r.Checked, Seen: r.Seen,
		User: r.User, Session: r.Session, Channel: r.Channel,
		ShownAt: formatTime(r.ShownAt), AnsweredAt: formatTime(r.AnsweredAt),
	}
	switch {
	case r.Items != nil:
		j.Answer = r.Items
	case r.Answer != "" || r.Status == protocol.StatusAnswered && m.Accepts(r.Button) && (m.Kind == protocol.KindInput || m.Kind == protocol.KindChoose):
		j.Answer = r.Answer
	}
	return j
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return protocol.FormatTime(t)
}

// choiceOf is the caption of the button that was pressed; a monitor may have
// given its number alone.
func choiceOf(m protocol.Message, r protocol.Reply) string {
	if r.Choice != "" {
		return r.Choice
	}
	for _, b := range m.Offered() {
		if b.Number == r.Button {
			return b.Caption
		}
	}
	return ""
}

// finish tells what became of a message: the answer, or JSON, on stdout, and
// on stderr why there is no answer.
func (c *call) finish(command *cobra.Command, id string, m protocol.Message, results []delivery.Result) error {
	result := results[0]
	c.exit = exitOfResult(result, c.style)
	if c.json {
		j := c.newReport(result.Outcome, result.Err)
		j.ID, j.CountsAs = id, result.CountsAs
		if result.Reply.Status != "" || result.Reply.Channel != "" {
			j.replyReport = newReplyReport(m, result.Reply)
		}
		for _, r := range results {
			if r.Reply.Status != "" || r.User != "" {
				j.Replies = append(j.Replies, newRecipientReport(m, r))
			}
		}
		if err := c.writeJSON(j); err != nil {
			return err
		}
	} else if err := c.write(answerText(m, result)); err != nil {
		return err
	}
	if result.Err != nil {
		c.tell(command, result.Err)
	}
	return nil
}

// answerText is what stdout carries: the caption, the text, the items one per
// line, and nothing where nothing was answered.
func answerText(m protocol.Message, result delivery.Result) string {
	r := result.Reply
	if result.Outcome != delivery.Answered || result.CountsAs != "" {
		return ""
	}
	switch m.Kind {
	case protocol.KindInput, protocol.KindChoose:
		switch {
		case !m.Accepts(r.Button):
			return ""
		case r.Items != nil:
			var b strings.Builder
			for _, item := range r.Items {
				b.WriteString(item + "\n")
			}
			return b.String()
		}
		return r.Answer + "\n"
	case protocol.KindPopup:
		return choiceOf(m, r) + "\n"
	}
	return ""
}

func (c *call) newReport(outcome delivery.Outcome, err error) report {
	j := report{
		Schema: schema, Outcome: outcome, Exit: c.exit, ExitFrom: "deskbell",
		replyReport: replyReport{Button: protocol.NoButton}, Replies: []recipientReport{},
	}
	if err != nil {
		j.Error, j.Hint = err.Error(), hintOf(err)
	}
	return j
}

// fail tells of an error and sets its exit status.
func (c *call) fail(command *cobra.Command, err error) {
	outcome := outcomeOf(err)
	c.exit = exitOf(outcome, protocol.NoButton, c.style)
	if c.json {
		if err := c.writeJSON(c.newReport(outcome, err)); err != nil {
			fmt.Fprintf(c.stderr, "deskbell: %s\n", oneLine(err.Error()))
		}
	}
	c.tell(command, err)
}

// tell writes an error for people: one line, and a hint where there is a next
// step.
func (c *call) tell(command *cobra.Command, err error) {
	what := "deskbell"
	if command != nil && command.HasParent() {
		what += ": " + strings.TrimPrefix(command.CommandPath(), command.Root().Name()+" ")
	}
	fmt.Fprintf(c.stderr, "%s: %s\n", what, oneLine(err.Error()))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(c.stderr, "hint: %s\n", oneLine(hint))
	}
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

func hintOf(err error) string {
	var (
		mistake   *usageError
		start     *session.StartError
		launch    *delivery.LaunchError
		command   *commandError
		rights    *setup.PermissionError
		admin     *service.PermissionError
		untrusted *setup.UntrustedError
		private   *setup.PrivateError
		refused   *delivery.PolicyError
	)
	switch {
	case errors.As(err, &mistake):
		return mistake.hint
	case errors.As(err, &refused) && refused.Setting == policy.TrustedSendersOnly:
		return "an administrator asks by a mailbox of his own: --scope assigned"
	case errors.As(err, &rights):
		return "run it as an administrator or root; deskbell autostart --user needs no rights"
	case errors.As(err, &admin):
		return "run it as an administrator or root"
	case errors.As(err, &untrusted) && untrusted.What == setup.RunService:
		return "deskbell install copies the program to where administrators alone can change it"
	case errors.As(err, &private):
		return "unset it, or use --no-service"
	case errors.Is(err, service.ErrNoManager):
		return "deskbell install --no-service installs the rest; deskbell service run works in the foreground"
	case errors.As(err, &start) && start.Hint() != "":
		return start.Hint()
	case errors.Is(err, delivery.ErrNoService):
		return "an administrator installs it: deskbell install"
	case errors.As(err, &launch):
		return "start one on the user's desktop: deskbell monitor"
	case errors.Is(err, delivery.ErrNobody):
		return "start a monitor on the user's desktop: deskbell monitor"
	case errors.As(err, &command):
		return ""
	case errors.Is(err, fs.ErrExist):
		return "use another --id, or none; deskbell status lists those that are in use"
	case mailbox.Full(err):
		return "make room where the queue is: deskbell doctor names the place"
	case errors.Is(err, fs.ErrPermission):
		return "run it as an administrator or root"
	}
	return ""
}

// write puts the answer where it belongs: stdout, or the file of --out.
func (c *call) write(text string) error {
	if c.out == "" {
		if _, err := io.WriteString(c.stdout, text); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
		return nil
	}
	// Its owner's alone: what is in it may be a password.
	if err := file.ReplaceText(c.out, text, 0o600); err != nil {
		return fmt.Errorf("write the answer to a file: %w", err)
	}
	return nil
}

// writeJSON writes one line of JSON in pure ASCII, which survives whatever a
// console or a script host takes its input for.
func (c *call) writeJSON(v any) error {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("write the answer as JSON: %w", err)
	}
	return c.write(ascii(b.String()))
}

// ascii escapes what is not ASCII in a JSON text.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < 0x7f {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

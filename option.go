package deskbell

import (
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/protocol"
)

// Option says more about a question, or how it is sent.
type Option interface{ send(*sending) }

// sending is a message and how it goes.
type sending struct {
	message protocol.Message
	options delivery.Options
	program string // that can be a monitor
	alone   bool   // start no monitor
}

type sendOption func(*sending)

func (o sendOption) send(s *sending) { o(s) }

func newSending(kind, text string, options []Option) *sending {
	s := &sending{message: protocol.NewMessage(kind)}
	s.message.Text = text
	s.apply(options)
	return s
}

func (s *sending) apply(options []Option) {
	for _, o := range options {
		o.send(s)
	}
}

// With changes the message itself: every field of the protocol, those that no
// Option here is for among them.
func With(change func(*Message)) Option {
	return sendOption(func(s *sending) { change(&s.message) })
}

// Title is the window's title.
func Title(title string) Option { return With(func(m *Message) { m.Title = title }) }

// Details is a longer text, shown on demand.
func Details(text string) Option { return With(func(m *Message) { m.Details = text }) }

// Buttons are the captions of the buttons, the affirmative one first.
func Buttons(captions ...string) Option { return With(func(m *Message) { m.Buttons = captions }) }

// Default is the caption of the default button, the text that an input begins
// with, or the item chosen beforehand.
func Default(value string) Option { return With(func(m *Message) { m.Default = value }) }

// Icon is one of protocol.IconNone, IconInfo, IconWarning, IconError,
// IconQuestion, IconShield.
func Icon(icon string) Option { return With(func(m *Message) { m.Icon = icon }) }

// Link is an https address offered as more information.
func Link(address string) Option { return With(func(m *Message) { m.Link = address }) }

// To says who is meant, instead of oneself: "active", "all", "user:NAME",
// "sid:SID", "uid:N", "session:N", or several of these with commas between
// them. Others than oneself are for administrators to ask.
func To(whom string) Option { return With(func(m *Message) { m.To = whom }) }

// Combine says what counts of the answers of several people: "first", "any",
// "all", "veto" or "quorum=N" (docs/delivery.md). "first" is the default.
func Combine(how string) Option { return With(func(m *Message) { m.Combine = how }) }

// Absent says what somebody counts as who cannot be reached: "yes", "no" or
// "ignore", the default.
func Absent(as string) Option { return With(func(m *Message) { m.Absent = as }) }

// Fallback says by which ways the person is to be reached, in this order, when
// the first one fails: "dialog", "toast", "wts", "wall", "none"
// (docs/delivery.md). Reply.Channel tells which one did.
func Fallback(ways ...string) Option {
	return With(func(m *Message) { m.Fallback = strings.Join(ways, ",") })
}

// Check adds a tick box; Reply.Checked says whether it was ticked.
func Check(caption string) Option { return With(func(m *Message) { m.Check = caption }) }

// Timeout closes the window after a time on screen, in whole seconds, rounded
// up; the outcome is TimedOut.
func Timeout(d time.Duration) Option { return With(func(m *Message) { m.Timeout = seconds(d) }) }

// TTL is the time for which the message is of use, in whole seconds, rounded
// up; the outcome after it is Expired.
func TTL(d time.Duration) Option { return With(func(m *Message) { m.TTL = seconds(d) }) }

func seconds(d time.Duration) int { return int(min(math.Ceil(d.Seconds()), math.MaxInt32)) }

// Urgency is protocol.UrgencyLow, UrgencyNormal or UrgencyCritical.
func Urgency(urgency string) Option { return With(func(m *Message) { m.Urgency = urgency }) }

// When says what to do while the person is busy or away: protocol.WhenWait,
// WhenShow or WhenSkip.
func When(when string) Option { return With(func(m *Message) { m.When = when }) }

// BusyMax is for how long the person may be busy, without a break, until the
// message is shown all the same, in whole seconds, rounded up.
func BusyMax(d time.Duration) Option { return With(func(m *Message) { m.BusyMax = seconds(d) }) }

// Quiet is a part of every day by the clock of the computer, like "20:00-08:00",
// in which the message is not shown unless it is critical.
func Quiet(hours string) Option { return With(func(m *Message) { m.Quiet = hours }) }

// Remind has a window that nobody answers come to the front again after so long,
// in whole seconds, rounded up, and more and more often towards its end.
func Remind(d time.Duration) Option { return With(func(m *Message) { m.Remind = seconds(d) }) }

// Sender is a name for this program, shown as a claim.
func Sender(name string) Option { return With(func(m *Message) { m.Sender = name }) }

// Mask hides what is typed, and seals the answer.
func Mask() Option { return With(func(m *Message) { m.Mask = true }) }

// Multiline lets an input have several lines.
func Multiline() Option { return With(func(m *Message) { m.Multiline = true }) }

// Pattern is an RE2 expression that the whole answer must match, and what the
// person is told when it does not.
func Pattern(expression, hint string) Option {
	return With(func(m *Message) { m.Pattern, m.Hint = expression, hint })
}

// Multiple lets any number of items be chosen.
func Multiple() Option { return With(func(m *Message) { m.Multiple = true }) }

// Cancellable gives a progress bar a Cancel button.
func Cancellable() Option { return With(func(m *Message) { m.Cancellable = true }) }

// In gives a field in another language: In("de", "Text", "Jetzt installieren?").
// The value is a list for "Buttons" and "Choices".
func In(tag, field string, value any) Option {
	return With(func(m *Message) {
		if m.Variants == nil {
			m.Variants = map[string]any{}
		}
		m.Variants[field+"."+tag] = value
	})
}

// Within is the time for all of it from here; then the message is withdrawn
// and the outcome is Over.
func Within(d time.Duration) Option {
	return sendOption(func(s *sending) { s.options.Within = d })
}

// Scope says by which mailbox to send: "auto" (the default), "user",
// "assigned", "machine" or "service".
func Scope(scope string) Option {
	return sendOption(func(s *sending) { s.options.Scope = scope })
}

// WaitLogon asks those whom To names as soon as they log on, if they are not;
// it is for administrators. The question stays where it is when this program or
// the computer ends, and Await fetches the reply.
func WaitLogon() Option { return sendOption(func(s *sending) { s.options.WaitLogon = true }) }

// ID is the id of the message, instead of a new one.
func ID(id string) Option { return sendOption(func(s *sending) { s.options.ID = id }) }

// Launch names the deskbell program that is started when nobody attends. It is
// looked for beside this executable and in PATH else.
func Launch(program string) Option { return sendOption(func(s *sending) { s.program = program }) }

// NoLaunch starts no monitor; the outcome is Nobody when none attends.
func NoLaunch() Option { return sendOption(func(s *sending) { s.alone = true }) }

// EitherOption serves those that send and those that attend.
type EitherOption interface {
	Option
	AttendOption
}

type queueOption string

func (q queueOption) send(s *sending)     { s.options.Queue = string(q) }
func (q queueOption) attend(a *attending) { a.queue = string(q) }

// Queue names the queue, instead of DESKBELL_QUEUE or this executable's name.
func Queue(name string) EitherOption { return queueOption(name) }

type logOption struct{ log *slog.Logger }

func (o logOption) send(s *sending)     { s.options.Log = o.log }
func (o logOption) attend(a *attending) { a.log = o.log }

// Log tells each step of a message's life, with its id.
func Log(log *slog.Logger) EitherOption { return logOption{log} }

// delivery completes the options of the delivery.
func (s *sending) delivery() (delivery.Options, error) {
	queue, err := queueName(s.options.Queue)
	if err != nil {
		return delivery.Options{}, err
	}
	o := s.options
	o.Queue = queue
	if o.ID != "" {
		if o.ID, err = protocol.ParseID(o.ID); err != nil {
			return o, err
		}
	}
	if program := s.monitorProgram(); program != "" && !s.alone {
		o.Launch = delivery.Launch(program, queue)
		if o.Computer.Program, err = filepath.Abs(program); err != nil {
			return o, err
		}
	}
	return o, nil
}

// monitorProgram finds deskbell; "" where it is not.
func (s *sending) monitorProgram() string {
	if s.program != "" {
		return s.program
	}
	const name = "deskbell"
	if self, err := os.Executable(); err == nil {
		if beside, err := exec.LookPath(filepath.Join(filepath.Dir(self), name)); err == nil {
			return beside
		}
	}
	if found, err := exec.LookPath(name); err == nil {
		return found
	}
	return ""
}

func queueName(name string) (string, error) {
	if name == "" {
		name = os.Getenv("DESKBELL_QUEUE")
	}
	if name != "" {
		return protocol.ParseQueue(name)
	}
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return protocol.QueueOf(self), nil
}

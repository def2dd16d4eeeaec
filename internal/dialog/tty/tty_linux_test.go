package tty

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// screen is the other end of a pseudo terminal.
type screen struct {
	t      *testing.T
	master *os.File
	slave  string
	mu     sync.Mutex
	seen   string // guarded by mu
	more   chan struct{}
}

func newScreen(t *testing.T) *screen {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, master: os.NewFile(uintptr(fd), "ptmx"), slave: fmt.Sprintf("/dev/pts/%d", number), more: make(chan struct{}, 1)}
	// Without a descriptor of its own the other end would be hung up
	// whenever nobody has it open.
	keep, err := os.OpenFile(s.slave, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		buffer := make([]byte, 4096)
		for {
			n, err := s.master.Read(buffer)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.seen += string(buffer[:n])
			s.mu.Unlock()
			select {
			case s.more <- struct{}{}:
			default:
			}
		}
	}()
	t.Cleanup(func() { s.master.Close(); keep.Close(); <-gone })
	return s
}

// sees waits until the screen has shown text and takes everything up to its
// end.
func (s *screen) sees(text string) string {
	deadline := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		before, after, found := strings.Cut(s.seen, text)
		if found {
			s.seen = after
		}
		all := s.seen
		s.mu.Unlock()
		if found {
			return before + text
		}
		select {
		case <-s.more:
		case <-deadline:
			s.t.Errorf("%q did not come, only %q", text, all)
			return ""
		}
	}
}

func (s *screen) types(text string) {
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Error(err)
	}
}

func (s *screen) mode() unix.Termios {
	raw, err := s.master.SyscallConn()
	if err != nil {
		s.t.Fatal(err)
	}
	var mode *unix.Termios
	if e := raw.Control(func(fd uintptr) { mode, err = unix.IoctlGetTermios(int(fd), unix.TCGETS) }); e != nil || err != nil {
		s.t.Fatal(e, err)
	}
	return *mode
}

func question(kind string, captions ...string) dialog.Question {
	q := dialog.Question{Kind: kind, Title: "Title", Text: "Text", Origin: "Origin", Default: 101, Cancel: protocol.NoButton, Words: dialog.Words{Close: "Close", NoMatch: "no match", Lines: "end with .", Withdrawn: "withdrawn!"}}
	for i, caption := range captions {
		q.Buttons = append(q.Buttons, dialog.Button{Number: 101 + i, Caption: caption})
	}
	return q
}

func TestAnswers(t *testing.T) {
	input := question(protocol.KindInput, "OK")
	pattern := input
	pattern.Pattern, pattern.Hint = "[0-9]+", "digits only"
	masked := pattern
	masked.Mask = true
	lines := input
	lines.Multiline = true
	list := question(protocol.KindChoose, "OK")
	list.Choices = []dialog.Choice{{Value: "a", Caption: "A"}, {Value: "b", Caption: "B", Selected: true}, {Value: "c", Caption: "C"}}
	several := list
	several.Multiple = true
	tick := question(protocol.KindPopup, "Now", "Later")
	tick.Check = "Never again"
	cancel := question(protocol.KindPopup, "Now")
	cancel.Cancel = protocol.ButtonCancel
	more := question(protocol.KindInput, "OK", "Skip", "Help")
	answered := protocol.StatusAnswered
	for name, c := range map[string]struct {
		q     dialog.Question
		lines []string // typed, each at a prompt
		want  protocol.Reply
	}{
		"number":          {question(protocol.KindPopup, "Now", "Later"), []string{"2\n"}, protocol.Reply{Status: answered, Button: 102}},
		"beginning":       {question(protocol.KindPopup, "Now", "Later"), []string{"la\n"}, protocol.Reply{Status: answered, Button: 102}},
		"default":         {question(protocol.KindPopup, "Now", "Later"), []string{"\n"}, protocol.Reply{Status: answered, Button: 101}},
		"ambiguous":       {question(protocol.KindPopup, "Late", "Later", "No"), []string{"l\n", "9\n", "n\n"}, protocol.Reply{Status: answered, Button: 103}},
		"ctrl-c":          {question(protocol.KindPopup, "Now"), []string{"\x03"}, protocol.Reply{Status: protocol.StatusDismissed, Button: -1}},
		"ctrl-d":          {question(protocol.KindPopup, "Now"), []string{"\x04"}, protocol.Reply{Status: protocol.StatusDismissed, Button: -1}},
		"ctrl-c, Cancel":  {cancel, []string{"\x03"}, protocol.Reply{Status: answered, Button: 2}},
		"text":            {input, []string{"a bü\n"}, protocol.Reply{Status: answered, Button: 101, Answer: "a bü"}},
		"pattern":         {pattern, []string{"abc\n", "42\n"}, protocol.Reply{Status: answered, Button: 101, Answer: "42"}},
		"masked":          {masked, []string{"xyz\n", "42\n"}, protocol.Reply{Status: answered, Button: 101, Answer: "42"}},
		"several lines":   {lines, []string{"a\nb\n\n.\n"}, protocol.Reply{Status: answered, Button: 101, Answer: "a\nb\n"}},
		"lines, ctrl-d":   {lines, []string{"a\nb\n\x04"}, protocol.Reply{Status: answered, Button: 101, Answer: "a\nb"}},
		"lines, ctrl-c":   {lines, []string{"a\nb\x03"}, protocol.Reply{Status: protocol.StatusDismissed, Button: -1}},
		"item":            {list, []string{"4\n", "1 2\n", "3\n"}, protocol.Reply{Status: answered, Button: 101, Answer: "c"}},
		"preselected":     {list, []string{"\n"}, protocol.Reply{Status: answered, Button: 101, Answer: "b"}},
		"items":           {several, []string{"3,1 3\n"}, protocol.Reply{Status: answered, Button: 101, Items: []string{"c", "a"}}},
		"ticked":          {tick, []string{"2\n", "1\n"}, protocol.Reply{Status: answered, Button: 102, Checked: true}},
		"not ticked":      {tick, []string{"2\n", "\n"}, protocol.Reply{Status: answered, Button: 102}},
		"another button":  {more, []string{"text\n", "3\n"}, protocol.Reply{Status: answered, Button: 103}},
		"nothing offered": {question(protocol.KindPopup), []string{"\n"}, protocol.Reply{Status: protocol.StatusDismissed, Button: -1}},
		"notice":          {question(protocol.KindNotify), nil, protocol.Reply{Status: answered, Button: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(t)
			before := s.mode()
			typed := make(chan struct{})
			go func() {
				defer close(typed)
				for _, text := range c.lines {
					s.sees("> ")
					if echo := s.mode().Lflag&unix.ECHO != 0; echo == c.q.Mask {
						t.Errorf("echo is %t", echo)
					}
					s.types(text)
				}
			}()
			got, err := New(s.slave).Show(t.Context(), c.q, nil)
			<-typed
			if err != nil {
				t.Fatal(err)
			}
			if c.q.Mask {
				s.types("\n")
				s.mu.Lock()
				if strings.Contains(s.seen, "42") {
					t.Errorf("the masked text is on the screen: %q", s.seen)
				}
				s.mu.Unlock()
			}
			c.want.Channel, c.want.ShownAt = protocol.ChannelTTY, got.ShownAt
			if diff := cmp.Diff(c.want, got); diff != "" || got.ShownAt.IsZero() {
				t.Error(diff)
			}
			if diff := cmp.Diff(before, s.mode()); diff != "" {
				t.Errorf("the terminal was not restored:\n%s", diff)
			}
		})
	}
}

func TestUpdatedAndWithdrawn(t *testing.T) {
	s := newScreen(t)
	before := s.mode()
	ctx, cancel := context.WithCancelCause(t.Context())
	updates, withdrawn := make(chan dialog.Question), errors.New("withdrawn")
	go func() {
		s.sees("> ")
		next := question(protocol.KindPopup, "Now", "Later")
		next.Text = "Other text"
		updates <- next
		s.sees("Other text")
		s.sees("> ")
		cancel(withdrawn)
	}()
	if _, err := New(s.slave).Show(ctx, question(protocol.KindPopup, "Now"), updates); err != withdrawn {
		t.Errorf("error %v, want the cause", err)
	}
	s.sees("withdrawn!")
	if diff := cmp.Diff(before, s.mode()); diff != "" {
		t.Errorf("the terminal was not restored:\n%s", diff)
	}
}

func TestProgress(t *testing.T) {
	s := newScreen(t)
	q := question(protocol.KindProgress)
	q.Cancellable, q.Cancel, q.Percent = true, protocol.ButtonCancel, -1
	updates := make(chan dialog.Question)
	go func() {
		s.sees("[....................]")
		q := q
		q.Percent, q.Detail = 50, "a file"
		updates <- q
		s.sees("[##########..........]  50% a file")
		s.types("\x03")
	}()
	reply, err := New(s.slave).Show(t.Context(), q, updates)
	if err != nil || reply.Button != protocol.ButtonCancel {
		t.Errorf("reply %+v, %v", reply, err)
	}
}

func TestOneAtATime(t *testing.T) {
	s := newScreen(t)
	d := New(s.slave)
	done := make(chan error, 2)
	for range 2 {
		go func() {
			reply, err := d.Show(t.Context(), question(protocol.KindPopup, "Now"), nil)
			if err == nil && reply.Button != 101 {
				err = fmt.Errorf("reply %+v", reply)
			}
			done <- err
		}()
	}
	for range 2 {
		if shown := s.sees("> "); strings.Count(shown, "── ") != 1 {
			t.Errorf("two at a time: %q", shown)
		}
		s.types("1\n")
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestHarmless(t *testing.T) {
	s := newScreen(t)
	q := question(protocol.KindPopup, "\x1b]0;caption\a")
	q.Text = "\x1b[2Jred\x9b31m \u202eevil\r\n── The administrator\r\x08" + strings.Repeat("x", 70) + " ── The administrator"
	q.Title, q.Sender = "\x1b[Hx", "\x1b[A── root"
	go func() {
		shown := s.sees("> ")
		for _, bad := range []string{"\x1b", "\u009b", "\u202e", "\a", "\x08", "\n── The", "\n── root"} {
			if strings.Contains(shown, bad) {
				t.Errorf("%q is on the screen: %q", bad, shown)
			}
		}
		if !strings.HasPrefix(shown, "── Origin — ") {
			t.Errorf("who sent does not come first: %q", shown)
		}
		s.types("1\n")
	}()
	if _, err := New(s.slave).Show(t.Context(), q, nil); err != nil {
		t.Error(err)
	}
}

func TestUnavailable(t *testing.T) {
	for _, path := range []string{"/dev/null", t.TempDir() + "/none"} {
		if _, err := New(path).Show(t.Context(), question(protocol.KindPopup, "Now"), nil); !errors.Is(err, dialog.ErrUnavailable) {
			t.Errorf("%s: error %v", path, err)
		}
	}
}

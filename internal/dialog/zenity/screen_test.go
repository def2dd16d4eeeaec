//go:build linux

package zenity

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// display starts an X server of the test's own and returns its name.
func display(t *testing.T) string {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-noreset", "-nolisten", "tcp", "-screen", "0", "1366x768x24")
	server.ExtraFiles = []*os.File{w}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		_ = server.Wait() // its status says only that it was interrupted
	})
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return ":" + strings.TrimSpace(number)
}

// person is somebody who waits for a window by its title and then types.
type person struct {
	t       *testing.T
	display string
}

func (p person) run(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "DISPLAY="+p.display)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// sees waits for the window and gives it the keyboard, as there is no window
// manager.
func (p person) sees(title string) string {
	var id string
	await(p.t, func() bool {
		id, _ = p.run("xdotool", "search", "--onlyvisible", "--name", title)
		if id == "" {
			return false
		}
		_, err := p.run("xdotool", "windowfocus", "--sync", id)
		return err == nil
	})
	p.picture(title)
	return id
}

// picture keeps a picture of the screen for people to look at, where
// DESKBELL_SCREENS names a folder, and returns once the window is painted:
// two pictures in a row are the same, and not of one colour.
func (p person) picture(title string) {
	dir := os.Getenv("DESKBELL_SCREENS")
	if dir == "" {
		dir = p.t.TempDir()
	}
	file := filepath.Join(dir, "zenity-"+strings.NewReplacer("/", "-", " ", "-").Replace(p.t.Name()+"-"+title)+".png")
	var last []byte
	await(p.t, func() bool {
		if _, err := p.run("import", "-window", "root", file); err != nil {
			p.t.Error(err)
			return true
		}
		now, err := os.ReadFile(file)
		if err != nil {
			p.t.Error(err)
			return true
		}
		same := bytes.Equal(now, last) && len(now) > 2000
		last = now
		return same
	})
}

func (p person) presses(keys ...string) {
	if _, err := p.run("xdotool", append([]string{"key", "--delay", "30"}, keys...)...); err != nil {
		p.t.Error(err)
	}
}

func (p person) types(text string) {
	if _, err := p.run("xdotool", "type", "--delay", "30", text); err != nil {
		p.t.Error(err)
	}
}

func (p person) clicks(id string, x, y int) {
	if _, err := p.run("xdotool", "mousemove", "--window", id, strconv.Itoa(x), strconv.Itoa(y), "click", "1"); err != nil {
		p.t.Error(err)
	}
}

// process is whose the window is: the window that takes its place may have the
// same number.
func (p person) process(id string) string {
	pid, err := p.run("xdotool", "getwindowpid", id)
	if err != nil {
		p.t.Error(err)
	}
	return pid
}

// gone waits until a process has ended, and its window with it.
func (p person) gone(pid string) {
	await(p.t, func() bool {
		_, err := os.Stat("/proc/" + pid)
		return errors.Is(err, fs.ErrNotExist)
	})
}

const awkward = "<b>bold</b> &amp; A&B under_score back\\slash \\n \\t\n--help\n-x %s\nשלום עולם\n👍 ünï"

func TestOnScreen(t *testing.T) {
	at := display(t)
	question := func(title string, captions ...string) dialog.Question {
		q := popup(captions...)
		q.Title, q.Text, q.Icon = title, awkward, protocol.IconQuestion
		q.Origin, q.Sender = "A program running as you", "Backup"
		return q
	}
	input := question("enter", "OK", "Cancel")
	input.Kind, input.Pattern, input.Hint, input.Default = protocol.KindInput, "[0-9]+", "Digits_only, <b>", 101
	masked := input
	masked.Title, masked.Mask = "masked", true
	lines := input
	lines.Title, lines.Multiline, lines.Pattern, lines.Initial = "lines", true, "", "first\nsecond "
	list := question("list", "OK", "Cancel")
	list.Kind, list.Choices = protocol.KindChoose, []dialog.Choice{{Value: "1", Caption: "-one"}, {Value: "2", Caption: "<b>&amp;_two\\n"}, {Value: "3", Caption: "שלום"}}
	checklist := list
	checklist.Title, checklist.Multiple = "checklist", true
	long := question("long", "Now", "Later", "Never")
	long.Text = strings.Repeat("A long text with <b>&amp;_\\n. ", 340)
	tick := question("tick", "Now", "Later")
	tick.Check = "_Do not ask <b>again</b>"
	for name, c := range map[string]struct {
		q    dialog.Question
		act  func(p person)
		want protocol.Reply
	}{
		"first button": {question("first", "_Now", "Later & <b>"), func(p person) { p.sees("first"); p.presses("Return") }, protocol.Reply{Button: 101}},
		"second button": {question("second", "Now", "Later"), func(p person) {
			p.sees("second")
			p.presses("shift+Tab", "Return")
		}, protocol.Reply{Button: 102}},
		"extra button": {question("third", "Now", "Later", "Ne_ver"), func(p person) {
			p.sees("third")
			p.presses("shift+Tab", "shift+Tab", "Return")
		}, protocol.Reply{Button: 103}},
		"one button": {question("single", "Now"), func(p person) { p.sees("single"); p.presses("Return") }, protocol.Reply{Button: 101}},
		"escape":     {question("escape", "Now", "Later"), func(p person) { p.sees("escape"); p.presses("Escape") }, protocol.Reply{Button: -1, Status: protocol.StatusDismissed}},
		"input": {input, func(p person) {
			first := p.process(p.sees("enter"))
			p.types("ab")
			p.presses("Return")
			p.gone(first)
			p.sees("enter")
			p.presses("ctrl+a")
			p.types("42")
			p.presses("Return")
		}, protocol.Reply{Button: 101, Answer: "42"}},
		"masked": {masked, func(p person) {
			p.sees("masked")
			p.types("77")
			p.presses("Return")
		}, protocol.Reply{Button: 101, Answer: "77"}},
		"several lines": {lines, func(p person) {
			first := p.process(p.sees("lines"))
			p.presses("Return")
			p.gone(first)
			p.sees("lines")
			p.presses("ctrl+End")
			p.types("line")
			p.presses("Return")
			p.types("last")
			p.presses("ctrl+Tab", "Tab", "Return")
		}, protocol.Reply{Button: 101, Answer: "first\nsecond line\nlast"}},
		"list": {list, func(p person) {
			id := p.sees("list")
			p.clicks(id, 60, 187)
			p.clicks(id, 428, 394)
		}, protocol.Reply{Button: 101, Answer: "2"}},
		"checklist": {checklist, func(p person) {
			id := p.sees("checklist")
			p.clicks(id, 25, 162)
			p.clicks(id, 25, 210)
			p.clicks(id, 428, 394)
		}, protocol.Reply{Button: 101, Items: []string{"1", "3"}}},
		"long": {long, func(p person) {
			p.sees("long")
			p.presses("Escape")
		}, protocol.Reply{Button: -1, Status: protocol.StatusDismissed}},
		"tick box": {tick, func(p person) {
			first := p.process(p.sees("tick"))
			p.presses("shift+Tab", "Return")
			p.gone(first)
			id := p.sees("tick")
			p.clicks(id, 25, 50)
			p.clicks(id, 428, 173)
		}, protocol.Reply{Button: 102, Checked: true}},
	} {
		t.Run(name, func(t *testing.T) {
			p := person{t, at}
			done := make(chan struct{})
			go func() { defer close(done); c.act(p) }()
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			got, err := New("DISPLAY="+at, "GDK_BACKEND=x11").Show(ctx, c.q, nil)
			<-done
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Status == "" {
				c.want.Status = protocol.StatusAnswered
			}
			c.want.Channel, c.want.ShownAt = protocol.ChannelDialog, got.ShownAt
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOnScreenUpdatedAndWithdrawn(t *testing.T) {
	at := display(t)
	for _, kind := range []string{protocol.KindPopup, protocol.KindProgress} {
		t.Run(kind, func(t *testing.T) {
			p := person{t, at}
			q := popup("A", "B")
			q.Kind, q.Title, q.Percent, q.Detail, q.Cancellable = kind, "before", 30, "copying a_file <b>\\n", true
			ctx, cancel := context.WithCancelCause(t.Context())
			updates := make(chan dialog.Question)
			withdrawn := errors.New("withdrawn")
			go func() {
				before := p.process(p.sees("before"))
				next := q
				next.Title, next.Text = "after", awkward
				updates <- next
				p.gone(before)
				p.sees("after")
				cancel(withdrawn)
			}()
			if _, err := New("DISPLAY="+at, "GDK_BACKEND=x11").Show(ctx, q, updates); err != withdrawn {
				t.Errorf("error %v, want the cause", err)
			}
			await(t, func() bool {
				found, _ := p.run("xdotool", "search", "--onlyvisible", "--name", ".")
				return found == ""
			})
		})
	}
}

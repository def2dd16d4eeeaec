package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// script is a person who answers by what is asked, and nothing that is left.
const script = `
{"match":"yes","button":"Yes"}
{"match":"later","button":"No","after":"30ms"}
{"match":"wait","button":"Yes","after":"120ms"}
{"match":"nobody","button":"Yes","after":"1h"}
`

// mostMemory is more than any monitor may ever take, in KiB.
const mostMemory = 256 << 10

// attending is a monitor of a test, whose person is the script.
type attending struct {
	w     *world
	cmd   *exec.Cmd
	log   string
	ended chan struct{}
}

// attend starts a monitor, by way of other programs where that is wanted, and
// waits until it attends.
func (w *world) attend(through func(*exec.Cmd)) *attending {
	t := w.t
	t.Helper()
	// Where Wine's desktop is begun by the monitor it has the log open, too, for as
	// long as there is the prefix, with which it goes.
	dir, err := os.MkdirTemp("", "monitor")
	check(t, err)
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil && runtime.GOOS != "windows" {
			t.Error(err)
		}
	})
	file := filepath.Join(dir, "script")
	check(t, os.WriteFile(file, []byte(script), 0o644))
	log, err := os.Create(file + ".log")
	check(t, err)
	defer log.Close()
	a := &attending{w: w, cmd: w.command("monitor", "--foreground", "--log", "json", "--ui", "script:"+file), log: log.Name(), ended: make(chan struct{})}
	a.cmd.Stderr = log
	if through != nil {
		through(a.cmd)
	}
	check(t, a.cmd.Start())
	go func() {
		defer close(a.ended)
		_ = a.cmd.Wait() // its status tells
	}()
	t.Cleanup(func() {
		_ = a.cmd.Process.Kill()
		<-a.ended
	})
	until(t, "the monitor attends", func() bool {
		there, err := w.box.Attending()
		check(t, err)
		return len(there) > 0
	})
	return a
}

// until waits until something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// stop has it end, enters into the books what it has shown, and returns the most
// memory that it took, in KiB.
func (a *attending) stop() int {
	t := a.w.t
	t.Helper()
	most := peak(t, a.cmd.Process)
	check(t, end(a.w, a.cmd))
	<-a.ended
	if code := a.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("the monitor: %s", a.cmd.ProcessState)
	}
	a.look()
	if most > mostMemory {
		t.Errorf("the monitor took %d KiB", most)
	}
	return most
}

// said is what it has logged until now.
func (a *attending) said() []byte {
	a.w.t.Helper()
	log, err := os.ReadFile(a.log)
	check(a.w.t, err)
	return log
}

// look enters into the books what it has shown.
func (a *attending) look() {
	log := a.said()
	answered, commands := map[string]bool{}, map[string]bool{}
	for line := range bytes.Lines(log) {
		var e struct{ Msg, ID, Status, Kind string }
		if json.Unmarshal(line, &e) != nil {
			continue // cut off
		}
		switch e.Msg {
		case "put":
			commands[e.ID] = e.Kind == protocol.KindControl // as to end
		case "shown":
			if commands[e.ID] {
				continue
			}
			a.w.books.opens(e.ID, a.cmd.Process.Pid, answered[e.ID], true)
		case "answered":
			answered[e.ID] = true
		}
	}
}

// asks has a program ask, and returns what becomes of it.
func (w *world) asks(id, text string, args ...string) (wait func() (out string, status int)) {
	w.t.Helper()
	w.books.asks(id, text, mailbox.ScopeUser)
	cmd := w.command(append([]string{"ask", text, "--button", "Yes", "--button", "No", "--launch", "never", "--json", "--id", id}, args...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	check(w.t, cmd.Start())
	return func() (string, int) {
		_ = cmd.Wait() // its status tells
		return out.String(), cmd.ProcessState.ExitCode()
	}
}

// send puts a message as a sender that does not wait.
func (w *world) send(id, text string) error {
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Buttons = text, []string{"Yes", "No"}
	return w.box.Put(id, m)
}

// Many senders ask at once, some of them programs of their own. Each gets its own
// answer, and the monitor stays small.
func TestSendersAtOnce(t *testing.T) {
	if !aside(t) {
		return
	}
	w := newWorld(t)
	monitor := w.attend(nil)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	var asking sync.WaitGroup
	for n := range manySenders {
		id, text := fmt.Sprintf("s%d", n), "yes"
		if n%20 == 0 {
			text = "later"
		}
		if n < manyPrograms {
			wait := w.asks(id, text)
			asking.Go(func() {
				out, _ := wait()
				w.books.gets(id, out, false)
			})
			continue
		}
		w.books.asks(id, text, mailbox.ScopeUser)
		asking.Go(func() {
			reply, err := deskbell.Ask(ctx, text, deskbell.Queue(queue), deskbell.ID(id), deskbell.Buttons("Yes", "No"), deskbell.NoLaunch())
			if err != nil {
				t.Errorf("%s: %v", id, err)
				return
			}
			w.books.gets(id, fmt.Sprintf(`{"status":%q,"choice":%q}`, reply.Status, reply.Choice), false)
		})
	}
	asking.Wait()
	most := monitor.stop()
	w.audit()
	t.Logf("%s; the monitor took %d KiB", w.books.sum(), most)
}

// A monitor that starts finds thousands of messages. It shows each once, one after the
// other.
func TestFullInbox(t *testing.T) {
	if !aside(t) {
		return
	}
	w := newWorld(t)
	for n := range fullInbox {
		id := fmt.Sprintf("m%d", n)
		w.books.asks(id, "yes", mailbox.ScopeUser)
		check(t, w.send(id, "yes"))
	}
	monitor := w.attend(nil)
	until(t, "the last is answered", func() bool { return bytes.Count(monitor.said(), []byte(`"answered"`)) >= 2*fullInbox })
	most := monitor.stop()
	for n := range fullInbox {
		id := fmt.Sprintf("m%d", n)
		state, reply, err := w.box.State(id)
		check(t, err)
		if state != mailbox.Spent {
			continue // the books tell
		}
		w.books.gets(id, fmt.Sprintf(`{"status":%q,"choice":%q}`, reply.Status, reply.Choice), false)
		check(t, w.box.Forget(id))
	}
	w.audit()
	t.Logf("%s; the monitor took %d KiB", w.books.sum(), most)
}

// suspension is longer than what others wait for a monitor that is writing down
// who it is, the longest that anybody waits for one (mailbox, writeWait: 10 s);
// SUSPENSION may say more.
func suspension(t *testing.T) time.Duration {
	t.Helper()
	const least = 12 * time.Second
	text := os.Getenv("SUSPENSION")
	if text == "" {
		return least
	}
	d, err := time.ParseDuration(text)
	check(t, err)
	return max(d, least)
}

// A monitor that is suspended with a window open keeps its place: nobody else
// shows what it has, who cannot wait is told, and the rest is answered when it
// goes on.
func TestSuspended(t *testing.T) {
	if !aside(t) {
		return
	}
	w := newWorld(t)
	monitor := w.attend(nil)
	open := w.asks("open", "wait")
	until(t, "its window is open", func() bool { return bytes.Contains(monitor.said(), []byte(`"shown"`)) })
	check(t, suspend(monitor.cmd.Process))
	suspended := time.Now()
	later := w.asks("later", "yes")
	hasty := w.asks("hasty", "yes", "--within", "2s")
	if out, status := hasty(); status != 75 {
		t.Errorf("who could not wait: %d %s", status, out)
	}
	w.books.excuses("hasty")
	second := w.command("monitor", "--foreground", "--ui", w.ui)
	out, _ := second.CombinedOutput() // its status tells
	if status := second.ProcessState.ExitCode(); status != 3 {
		t.Errorf("a second monitor: %d %s", status, out)
	}
	<-time.After(time.Until(suspended.Add(suspension(t))))
	check(t, resume(monitor.cmd.Process))
	for id, wait := range map[string]func() (string, int){"open": open, "later": later} {
		out, _ := wait()
		w.books.gets(id, out, false)
	}
	monitor.stop()
	w.audit()
	if bytes.Contains(monitor.said(), []byte("hasty")) && w.books.entries["hasty"].shown > 0 {
		t.Error("what was taken back was shown")
	}
}

// Somebody removes the whole mailbox, with a question on screen and one that
// waits: who asked is told, and who asks next is answered.
func TestMailboxRemoved(t *testing.T) {
	if !aside(t) {
		return
	}
	w := newWorld(t)
	monitor := w.attend(nil)
	for round := range 3 {
		shown, waits := fmt.Sprintf("shown%d", round), fmt.Sprintf("waits%d", round)
		first := w.asks(shown, "nobody answers this")
		until(t, "its window is open", func() bool { return bytes.Contains(monitor.said(), []byte(`"shown","id":"`+shown)) })
		second := w.asks(waits, "yes")
		until(t, "the second waits", func() bool { return bytes.Contains(monitor.said(), []byte(`"put","id":"`+waits)) })
		// Who attends it may put something there meanwhile.
		until(t, "it is removed", func() bool { return removeMailbox(w) == nil })
		for id, wait := range map[string]func() (string, int){shown: first, waits: second} {
			switch out, status := wait(); {
			case id == waits && status == 0: // its turn came before it was removed
				w.books.gets(id, out, false)
			case status == 0 || status == 70:
				t.Errorf("%s: %d %s", id, status, out)
			default:
				w.books.excuses(id)
			}
		}
		for n, answered := 0, false; !answered; n++ { // until it is attended again
			id := fmt.Sprintf("after%d-%d", round, n)
			out, status := w.asks(id, "yes")()
			switch answered = status == 0; {
			case answered:
				w.books.gets(id, out, false)
			case status == 69 && n < 100:
				w.books.excuses(id)
			default:
				t.Fatalf("%s: %d %s", id, status, out)
			}
		}
	}
	monitor.stop()
	w.audit()
}

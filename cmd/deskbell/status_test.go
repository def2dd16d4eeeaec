package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// newQueue is a queue of this test's own, in places of its own where there are
// files, that is gone after it.
func newQueue(t *testing.T) (queue string, self *user.User) {
	t.Helper()
	queue = fmt.Sprintf("status-%d-%s", os.Getpid(), strings.ToLower(strings.ReplaceAll(t.Name(), "/", "-")))
	t.Setenv("DESKBELL_RUNTIME_DIR", t.TempDir())
	t.Setenv("DESKBELL_STATE_DIR", t.TempDir())
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for _, scope := range []mailbox.Scope{mailbox.ScopeUser, mailbox.ScopeMachine, mailbox.ScopeService, mailbox.ScopeAssigned} {
		t.Cleanup(func() {
			if err := mailbox.Delete(mailbox.Place{Queue: queue, Scope: scope}); err != nil {
				t.Error(err)
			}
		})
	}
	return queue, self
}

func open(t *testing.T, queue string, scope mailbox.Scope) *mailbox.Mailbox {
	t.Helper()
	box, err := mailbox.Open(mailbox.Place{Queue: queue, Scope: scope})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func putInto(t *testing.T, box *mailbox.Mailbox, id string) {
	t.Helper()
	m := protocol.NewMessage(protocol.KindPopup)
	m.Text, m.Title = "x", "\x1b[2J"+id
	if err := box.Put(id, m); err != nil {
		t.Fatal(err)
	}
}

// statusOf runs "status --all" for a queue, and returns what it tells of that
// and others.
func statusOf(t *testing.T, queue string, others ...string) (s statusReport, exit int) {
	t.Helper()
	var out, said bytes.Buffer
	c := &call{stdin: strings.NewReader(""), stdout: &out, stderr: &said}
	exit = c.run(t.Context(), []string{"status", "--all", "--json", "--queue", queue})
	if err := json.Unmarshal(out.Bytes(), &s); err != nil {
		t.Fatalf("%v: %s%s", err, out.String(), said.String())
	}
	return only(s, append(others, queue)), exit
}

// only leaves out what other queues have, which there may be.
func only(s statusReport, queues []string) statusReport {
	all := s
	s.Mailboxes, s.Monitors, s.Messages = nil, nil, nil
	for _, m := range all.Mailboxes {
		if slices.Contains(queues, m.Queue) && (m.Scope != "user" || m.Messages > 0 || m.Attended) { // of others who are logged on
			s.Mailboxes = append(s.Mailboxes, m)
		}
	}
	for _, m := range all.Monitors {
		if slices.Contains(queues, m.Queue) {
			s.Monitors = append(s.Monitors, m)
		}
	}
	for _, m := range all.Messages {
		if slices.Contains(queues, m.Queue) {
			m.Age = 0
			s.Messages = append(s.Messages, m)
		}
	}
	return s
}

func TestStatusOfAll(t *testing.T) {
	queue, self := newQueue(t)
	if s, exit := statusOf(t, queue); exit != 69 || s.Queue != queue || len(s.Mailboxes)+len(s.Messages)+len(s.Monitors) != 0 {
		t.Fatalf("of nothing: exit %d, %+v", exit, s)
	}
	for _, scope := range []mailbox.Scope{mailbox.ScopeMachine, mailbox.ScopeAssigned, mailbox.ScopeService} {
		if err := mailbox.Make(mailbox.Place{Queue: queue, Scope: scope}); err != nil {
			t.Fatal(err)
		}
	}
	own := open(t, queue, mailbox.ScopeUser)
	putInto(t, open(t, queue, mailbox.ScopeMachine), "to-machine")
	putInto(t, open(t, queue, mailbox.ScopeAssigned), "to-assigned")
	putInto(t, open(t, queue, mailbox.ScopeService), "to-service")
	putInto(t, own, "to-user")
	s, exit := statusOf(t, queue)
	user, uid := self.Username, self.Uid
	want := []mailboxEntry{
		{Queue: queue, Scope: "machine", Messages: 1, Waiting: 1},
		{Queue: queue, Scope: "user", User: user, UID: uid, Messages: 1, Waiting: 1},
		{Queue: queue, Scope: "assigned", User: user, UID: uid, Messages: 1, Waiting: 1},
		{Queue: queue, Scope: "service", User: user, UID: uid, Messages: 1, Waiting: 1},
	}
	if diff := cmp.Diff(want, s.Mailboxes); diff != "" {
		t.Error(diff)
	}
	warned := 0
	for _, w := range s.Warnings {
		if strings.Contains(w, queue) && strings.Contains(w, "nobody attends it") {
			warned++
		}
	}
	if exit != 69 || warned != 4 {
		t.Errorf("exit %d, %d warnings: %q", exit, warned, s.Warnings)
	}

	// A queue that nobody has named.
	other := queue + "-2"
	t.Cleanup(func() {
		if err := mailbox.Delete(mailbox.Place{Queue: other, Scope: mailbox.ScopeUser}); err != nil {
			t.Error(err)
		}
	})
	putInto(t, open(t, other, mailbox.ScopeUser), "to-other")
	all, _ := statusOf(t, queue, other)
	if !slices.ContainsFunc(all.Messages, func(m messageEntry) bool { return m.Queue == other && m.ID == "to-other" }) {
		t.Errorf("the message in queue %s is not told: %+v", other, all.Messages)
	}

	attendance, err := own.Attend("7", protocol.Presence{Version: "1", State: "ready", Kinds: []string{"popup"}, Locale: "de"})
	if err != nil {
		t.Fatal(err)
	}
	s, _ = statusOf(t, queue)
	for i, attended := range []bool{false, true, true, false} { // no service
		want[i].Attended = attended
	}
	if diff := cmp.Diff(want, s.Mailboxes); diff != "" {
		t.Error(diff)
	}
	monitors := []attendantEntry{{
		Session: "7", Pid: os.Getpid(), State: "ready", Version: "1", Kinds: []string{"popup"}, Locale: "de",
		Queue: queue, User: user, UID: uid,
	}}
	if diff := cmp.Diff(monitors, s.Monitors); diff != "" {
		t.Error(diff)
	}
	if len(s.Messages) != 4 || s.Messages[0].Scope != "machine" || s.Messages[0].State != "pending" || s.Messages[3].UID != uid {
		t.Errorf("messages: %+v", s.Messages)
	}
	text := s.tables()
	for _, line := range []string{"QUEUE ", queue, "machine", "assigned", "ready", "popup", "to-service", "Warning: 1 of the messages in the machine mailbox of queue " + queue} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is not in\n%s", line, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("what a sender wrote steers the terminal")
	}
	if err := attendance.Leave(); err != nil {
		t.Error(err)
	}
}

// Each change is one object, and nothing is told where nothing changed.
func TestStatusWatch(t *testing.T) {
	for _, all := range []bool{false, true} {
		t.Run(fmt.Sprint(all), func(t *testing.T) { testStatusWatch(t, all) })
	}
}

func testStatusWatch(t *testing.T, all bool) {
	queue, _ := newQueue(t)
	args := []string{"--queue", queue}
	if all {
		args = append(args, "--all")
	}
	box := open(t, queue, mailbox.ScopeUser)
	until := watchStatus(t, args...)
	states := func(s statusReport, want ...string) bool {
		got := []string{}
		for _, m := range s.Messages {
			if m.Queue == queue || m.Queue == "" {
				got = append(got, m.ID+" "+m.State)
			}
		}
		return strings.Join(got, ",") == strings.Join(want, ",")
	}
	until("the beginning", func(s statusReport) bool { return s.Exit == 69 && states(s) })
	putInto(t, box, "a")
	until("a message", func(s statusReport) bool { return states(s, "a pending") })
	attendance, err := box.Attend("7", protocol.Presence{State: "ready"})
	if err != nil {
		t.Fatal(err)
	}
	until("a monitor", func(s statusReport) bool { return len(s.Monitors) == 1 && states(s, "a pending") })
	if err := attendance.SetState("locked"); err != nil {
		t.Fatal(err)
	}
	until("its state", func(s statusReport) bool { return len(s.Monitors) == 1 && s.Monitors[0].State == "locked" })
	if err := box.Withdraw("a"); err != nil {
		t.Fatal(err)
	}
	until("that it is withdrawn", func(s statusReport) bool { return states(s) && len(s.Monitors) == 1 })
	if err := attendance.Leave(); err != nil {
		t.Fatal(err)
	}
	until("that nobody attends", func(s statusReport) bool { return len(s.Monitors) == 0 })
}

// A monitor that is killed leaves its record as it is.
func TestStatusWatchHearsOfAnEnd(t *testing.T) {
	queue, _ := newQueue(t)
	t.Setenv("DESKBELL_QUEUE", queue)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	monitor := exec.Command(self)
	monitor.Args[0] = "endless"
	if err := monitor.Start(); err != nil {
		t.Fatal(err)
	}
	ended := sync.OnceFunc(func() {
		_ = monitor.Process.Kill()
		_ = monitor.Wait() // killed
	})
	defer ended()
	record := map[string]string{"Pid": strconv.Itoa(monitor.Process.Pid)}
	if err := openStore(os.Getenv).write("monitor", "7", record, false); err != nil {
		t.Fatal(err)
	}
	until := watchStatus(t)
	until("a monitor", func(s statusReport) bool { return len(s.Monitors) == 1 })
	ended()
	until("its end", func(s statusReport) bool { return len(s.Monitors) == 0 })
}

// watchStatus runs "status --watch" until the test ends; until reads what it
// tells until that is as wanted.
func watchStatus(t *testing.T, args ...string) (until func(what string, is func(statusReport) bool)) {
	t.Helper()
	args = append([]string{"status", "--watch", "--json"}, args...)
	lines, out := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	exit := make(chan int, 1)
	go func() {
		c := &call{stdin: strings.NewReader(""), stdout: out, stderr: io.Discard}
		exit <- c.run(ctx, args)
		out.Close()
	}()
	reports := make(chan statusReport)
	go func() {
		defer close(reports)
		for decoder := json.NewDecoder(lines); ; {
			var s statusReport
			if decoder.Decode(&s) != nil {
				return
			}
			reports <- s
		}
	}()
	t.Cleanup(func() {
		cancel()
		for range reports { // until it ends
		}
		if got := <-exit; got != 130 {
			t.Errorf("interrupted it exits %d", got)
		}
	})
	var last string
	return func(what string, is func(statusReport) bool) {
		t.Helper()
		for {
			select {
			case s, ok := <-reports:
				if !ok {
					t.Fatalf("%s: it has ended", what)
				}
				now, err := s.unaged()
				if err != nil {
					t.Fatal(err)
				}
				if now == last {
					t.Errorf("%s is told twice", now)
				}
				if last = now; is(s) {
					return
				}
			case <-time.After(30 * time.Second):
				t.Fatalf("%s is not told; last %s", what, last)
			}
		}
	}
}

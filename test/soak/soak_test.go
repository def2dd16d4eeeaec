//go:build linux

// Package soak kills senders, monitors and the service at random moments, over
// many messages, and then checks the books.
package soak

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/test/bed"
)

const (
	queue = "soak"
	// patience is how long anything may take on a machine that is busy.
	patience = 2 * time.Minute
	clients  = 3
	// pause is the longest between two kills: about what a message takes.
	pause = 60 * time.Millisecond
)

// person answers each question by what it says, some at once, some later.
const person = `
{"match":"yes","button":"Yes"}
{"match":"later","button":"No","after":"15ms"}
{"match":"wait","button":"Yes","after":"60ms"}
`

// answers are the buttons of what is asked.
var answers = map[string]string{"yes": "Yes", "later": "No", "wait": "Yes"}

// The kinds of program that are killed.
const (
	monitorRole = "monitor"
	serviceRole = "service"
	putRole     = "put"   // puts a question and leaves
	askRole     = "ask"   // puts one and waits
	awaitRole   = "await" // waits for the reply and fetches it
)

// world is where all of it happens.
type world struct {
	t    *testing.T
	dir  string
	env  []string
	box  *mailbox.Mailbox // the user's
	desk *mailbox.Mailbox // the service's
	want int              // kills

	mu      sync.Mutex
	live    map[string][]*os.Process // by role; guarded by mu
	kills   map[string]int           // by role; guarded by mu
	books   map[string]*entry        // by id; guarded by mu
	ripe    *rand.Rand               // guarded by mu
	ended   chan struct{}            // closed when enough were killed
	stopped bool                     // that it is; guarded by mu
}

// entry is what is known of a message.
type entry struct {
	asked    string
	service  bool // it is for the service, which knows nobody to answer and says so
	fetched  int  // how often the answer came
	excused  bool // one who had fetched it, or asked, was killed
	shown    int
	answered int
	settled  bool // it had its reply when a monitor had died
}

func (w *world) begin(role string, cmd *exec.Cmd) (killed func() bool, err error) {
	cmd.Env = w.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	w.live[role] = append(w.live[role], cmd.Process)
	return func() bool {
		_ = cmd.Wait() // its status tells
		w.mu.Lock()
		defer w.mu.Unlock()
		w.live[role] = slices.DeleteFunc(w.live[role], func(p *os.Process) bool { return p == cmd.Process })
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		killed := ok && status.Signaled() && status.Signal() == syscall.SIGKILL
		if killed && !w.stopped {
			w.kills[role]++
			if w.total() >= w.want {
				w.stopped = true
				close(w.ended)
			}
		}
		return killed
	}, nil
}

func (w *world) total() (n int) {
	for _, kills := range w.kills {
		n += kills
	}
	return n
}

// run runs a program to its end, or until it is killed.
func (w *world) run(role string, args ...string) (out string, status int, killed bool) {
	cmd := exec.Command(bed.Build("deskbell"), args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	wait, err := w.begin(role, cmd)
	if err != nil {
		w.t.Error(err)
		return "", -1, false
	}
	killed = wait()
	if status = cmd.ProcessState.ExitCode(); !killed && status != 0 && status != 1 && status != 64 && status != 65 && status != 69 {
		w.t.Errorf("%s: exit %d: %s%s", strings.Join(args, " "), status, &stdout, &stderr)
	}
	return stdout.String(), status, killed
}

// kill kills one after the other, at random moments, until it is enough.
func (w *world) kill() {
	for {
		w.mu.Lock()
		moment := time.Duration(w.ripe.Int64N(int64(pause)))
		w.mu.Unlock()
		select {
		case <-w.ended:
			return
		case <-time.After(moment):
		}
		w.mu.Lock()
		var roles []string
		for _, role := range []string{monitorRole, serviceRole, putRole, askRole, awaitRole} {
			if len(w.live[role]) > 0 {
				roles = append(roles, role)
			}
		}
		if len(roles) > 0 && !w.stopped {
			them := w.live[roles[w.ripe.IntN(len(roles))]]
			_ = them[w.ripe.IntN(len(them))].Kill() // it may have ended this moment
		}
		w.mu.Unlock()
	}
}

// keep has a program run again whenever it was killed, until over is closed.
// judge sees what it wrote, after each life.
func (w *world) keep(role string, over <-chan struct{}, judge func(log []byte), args ...string) {
	for life := 0; ; life++ {
		cmd := exec.Command(bed.Build("deskbell"), args...)
		var log bytes.Buffer
		cmd.Stderr = &log
		wait, err := w.begin(role, cmd)
		if err != nil {
			w.t.Error(err)
			return
		}
		ended := make(chan bool, 1)
		go func() { ended <- wait() }()
		var killed, last bool
		select {
		case killed = <-ended:
		case <-over:
			last = true
			_ = cmd.Process.Signal(syscall.SIGTERM) // it may have been killed
			killed = <-ended
		}
		if !killed && (!last || cmd.ProcessState.ExitCode() != 0) {
			w.t.Errorf("%s, life %d: %s\n%s", role, life, cmd.ProcessState, log.Bytes())
			return
		}
		judge(log.Bytes())
		if last {
			return
		}
		select {
		case <-over:
			return
		default:
		}
	}
}

// judge reads what a monitor logged in one life, and what it left.
func (w *world) judge(log []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	shown := map[string]bool{}
	for lines := bufio.NewScanner(bytes.NewReader(log)); lines.Scan(); {
		var said struct{ Msg, ID, Status string }
		if json.Unmarshal(lines.Bytes(), &said) != nil || w.books[said.ID] == nil {
			continue // cut off, or about something else
		}
		e := w.books[said.ID]
		switch said.Msg {
		case "shown":
			if e.settled || e.answered > 0 {
				w.t.Errorf("%s was shown after it was answered", said.ID)
			}
			if shown[said.ID] {
				w.t.Errorf("%s was shown twice by one monitor", said.ID)
			}
			shown[said.ID] = true
			e.shown++
		case "answered":
			e.answered++
		}
	}
	for id, e := range w.books {
		if state, _, err := w.box.State(id); err != nil {
			w.t.Errorf("%s: %v", id, err)
		} else if state == mailbox.Spent {
			e.settled = true
		}
	}
}

// ask asks one question after the other, of the person or of the service.
func (w *world) ask(client int, service bool) {
	for n := 0; ; n++ {
		select {
		case <-w.ended:
			return
		default:
		}
		id := fmt.Sprintf("c%d-%d", client, n)
		w.mu.Lock()
		texts := []string{"later", "wait", "yes"}
		e := &entry{asked: texts[w.ripe.IntN(len(texts))], service: service}
		waits := service || w.ripe.IntN(3) == 0
		w.books[id] = e
		w.mu.Unlock()
		args := []string{"ask", e.asked, "--id", id, "--button", "Yes", "--button", "No", "--launch", "never", "--json"}
		if service {
			args = append(args, "--scope", "service")
		}
		if waits {
			w.wait(e, args)
			continue
		}
		if w.put(id, e, append(args, "--no-wait")) {
			w.fetch(id, e)
		}
	}
}

// wait asks and waits; who is killed has withdrawn his question by that.
func (w *world) wait(e *entry, args []string) {
	out, status, killed := w.run(askRole, args...)
	switch {
	case final(out):
		e.excused = killed // it may not have cleared away yet
		w.got(e, args[3], out)
	case killed || status == 69: // nobody attends at this moment
		e.excused = true
	default:
		w.t.Errorf("%s: exit %d %s", args[3], status, out)
	}
}

// put puts a question, again where the one who did was killed.
func (w *world) put(id string, e *entry, args []string) bool {
	before := false
	for {
		out, status, killed := w.run(putRole, args...)
		switch {
		case killed:
			before = true
		case status == 0, status == 64 && before:
			return true
		case status == 69: // nobody attends at this moment
		default:
			w.t.Errorf("%s was not put: %d %s", id, status, out)
			return false
		}
	}
}

// fetch waits for the answer, again where the one who did was killed.
func (w *world) fetch(id string, e *entry) {
	before := false
	for end := time.Now().Add(patience); time.Now().Before(end); {
		out, status, killed := w.run(awaitRole, "await", id, "--json")
		switch {
		case final(out):
			e.excused = killed // it may not have cleared away yet
			w.got(e, id, out)
			return
		case killed:
			before = true
		case status == 64 && before: // he had fetched it, and was killed before he could say so
			e.excused = true
			return
		case status == 69: // nobody attends at this moment
		default:
			w.t.Errorf("%s is lost: %d %s", id, status, out)
			return
		}
	}
	w.t.Errorf("%s is not answered", id)
}

// final tells whether a program printed all of a reply.
func final(out string) bool {
	var r struct{ Status string }
	return json.Unmarshal([]byte(out), &r) == nil && r.Status != ""
}

// got enters an answer into the books.
func (w *world) got(e *entry, id, out string) {
	var r struct{ Status, Choice string }
	want := r
	want.Status, want.Choice = "answered", answers[e.asked]
	if e.service {
		want.Status, want.Choice = "rejected", ""
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil || r != want {
		w.t.Errorf("%s, %q: %s", id, e.asked, out)
	}
	e.fetched++
}

// logOn has somebody logged on until the test ends: the service attends the
// mailbox of those who are, and a session is told by a program with a display.
func logOn(t *testing.T) {
	t.Helper()
	program := exec.Command("cat")
	program.Env = []string{"PATH=" + os.Getenv("PATH"), "DISPLAY=:soak"}
	keyboard, err := program.StdinPipe()
	check(t, err)
	check(t, program.Start())
	t.Cleanup(func() {
		check(t, keyboard.Close())
		check(t, program.Wait())
	})
}

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Whoever is killed, and whenever: each message is answered once or its sender
// was killed, none is lost or shown after it was answered, and nothing is left.
// KILLS is how many, SEED which.
func TestKills(t *testing.T) {
	seed := number(t, "SEED", int(time.Now().UnixNano()%1e9))
	w := &world{
		t: t, dir: t.TempDir(), want: number(t, "KILLS", 100), live: map[string][]*os.Process{}, kills: map[string]int{},
		books: map[string]*entry{}, ripe: rand.New(rand.NewPCG(uint64(seed), 0)), ended: make(chan struct{}),
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SEED=%d KILLS=%d", seed, w.want)
		}
	})
	run, state := filepath.Join(w.dir, "run"), filepath.Join(w.dir, "state")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DESKBELL_") && !strings.HasPrefix(v, "LC_") {
			w.env = append(w.env, v)
		}
	}
	// Without logind: who is logged on is told by what runs, which is ours.
	w.env = append(w.env, "DESKBELL_RUNTIME_DIR="+run, "DESKBELL_STATE_DIR="+state, "DESKBELL_QUEUE="+queue, "LANG=C.UTF-8",
		"DBUS_SYSTEM_BUS_ADDRESS=unix:path="+filepath.Join(w.dir, "no-bus"))
	t.Setenv("DESKBELL_RUNTIME_DIR", run)
	t.Setenv("DESKBELL_STATE_DIR", state)
	check(t, os.MkdirAll(run, 0o700))
	check(t, os.Mkdir(state, 0o755))
	script := filepath.Join(w.dir, "person")
	check(t, os.WriteFile(script, []byte(person), 0o600))
	var err error
	w.box, err = mailbox.OpenUser(queue)
	check(t, err)

	w.desk, err = mailbox.Open(mailbox.Place{Queue: queue, Scope: mailbox.ScopeService})
	check(t, err)

	logOn(t)
	over := make(chan struct{})
	var kept, asking sync.WaitGroup
	kept.Go(func() {
		w.keep(monitorRole, over, w.judge, "monitor", "--foreground", "--log", "json", "--ui", "script:"+script)
	})
	kept.Go(func() { w.keep(serviceRole, over, func([]byte) {}, "service", "run") })
	asking.Go(w.kill)
	for i := range clients {
		asking.Go(func() { w.ask(i, i == 0) })
	}
	asking.Wait()
	w.settle()
	close(over)
	kept.Wait()
	w.audit(run, state)
	t.Log(w.sum())
}

// settle waits until every message that is there has its reply, or is gone.
func (w *world) settle() {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), patience)
	defer stop()
	boxes := []*mailbox.Mailbox{w.box, w.desk}
	changes := make(chan struct{}, 1)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	for _, b := range boxes {
		of, err := b.Watch(ctx)
		check(w.t, err)
		watching.Go(func() {
			for range of {
				select {
				case changes <- struct{}{}:
				default: // one waits already
				}
			}
		})
	}
	for {
		var open []string
		for _, b := range boxes {
			ids, err := b.IDs()
			check(w.t, err)
			open = append(open, slices.DeleteFunc(ids, func(id string) bool {
				state, _, err := b.State(id)
				return err == nil && state == mailbox.Spent
			})...)
		}
		if len(open) == 0 {
			return
		}
		select {
		case <-changes:
		case <-ctx.Done():
			w.t.Errorf("without a reply: %q", open)
			return
		}
	}
}

// audit looks at the books, and at what is left.
func (w *world) audit(run, state string) {
	w.t.Helper()
	for _, b := range []*mailbox.Mailbox{w.box, w.desk} {
		ids, err := b.IDs()
		check(w.t, err)
		for _, id := range ids {
			if e := w.books[id]; e == nil || !e.excused {
				w.t.Errorf("%s is left", id)
			}
			check(w.t, b.Forget(id))
		}
	}
	for id, e := range w.books {
		if e.answered > 1 || e.fetched > 1 || e.fetched == 0 && !e.excused {
			w.t.Errorf("%s: %+v", id, *e)
		}
	}
	mailboxes := []string{filepath.Join(run, queue), filepath.Join(state, queue, "users", strconv.Itoa(os.Getuid()), "service")}
	for _, dir := range mailboxes {
		later, err := mailbox.New(mailbox.NewSpool(dir), mailbox.Options{
			Now: func() time.Time { return time.Now().Add(time.Hour) },
		})
		check(w.t, err)
		check(w.t, later.Sweep())
		check(w.t, filepath.WalkDir(dir, func(path string, file fs.DirEntry, err error) error {
			switch {
			case err != nil, file.IsDir(), file.Name() == ".lock": // that of an Outbox stays
			case dir == mailboxes[1] && filepath.Base(filepath.Dir(path)) == ".partial":
				// It is swept in ten minutes: mailbox.TestSpoolSweepsPartial.
			default:
				w.t.Errorf("%s is left", path)
			}
			return err
		}))
	}
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	check(w.t, err)
	for _, path := range environs {
		if env, err := os.ReadFile(path); err == nil && bytes.Contains(env, []byte("DESKBELL_STATE_DIR="+w.dir)) {
			w.t.Errorf("a process is left: %s", filepath.Dir(path))
		}
	}
}

// sum says in one line what has happened.
func (w *world) sum() string {
	var shown, fetched, excused int
	for _, e := range w.books {
		shown += e.shown
		fetched += e.fetched
		if e.fetched == 0 {
			excused++
		}
	}
	return fmt.Sprintf("%d kills %v, %d messages: %d answered, %d not fetched whose sender was killed or nobody attended; shown %d times",
		w.total(), w.kills, len(w.books), fetched, excused, shown)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

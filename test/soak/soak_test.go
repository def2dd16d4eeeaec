// Package soak kills senders, monitors, dialogs and the service at random
// moments, over many messages, and then checks the books.
package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
)

const (
	queue = "soak"
	// patience is how long anything may take on a machine that is busy.
	patience = 2 * time.Minute
)

// The kinds of program that are killed.
const (
	monitorRole = "monitor"
	startedRole = "started" // a monitor that the service has started
	dialogRole  = "dialog"
	serviceRole = "service"
	putRole     = "put"   // puts a question and leaves
	askRole     = "ask"   // puts one and waits
	awaitRole   = "await" // waits for the reply and fetches it
)

// roles are all of them: a seed means the same every time.
var roles = []string{monitorRole, startedRole, dialogRole, serviceRole, putRole, askRole, awaitRole}

// world is where all of it happens.
type world struct {
	t      *testing.T
	dir    string // of the programs
	env    []string
	ui     string             // of the monitors that are kept
	passes bool               // the service passes messages on
	boxes  []*mailbox.Mailbox // all that messages are in
	box    *mailbox.Mailbox   // the user's
	places []mailbox.Place    // of the other boxes
	// directories are those of the user mailbox, of the machine's and of others
	// below that, where the system keeps them so.
	directories []string
	leaving     func() (left string) // what is left of it; "" = nothing
	books       *books
	person      *person
	unanswered  []string // what never got its reply
	want        int      // kills
	unborn      int      // processes whose creator was killed before they could begin

	mu      sync.Mutex
	live    map[string][]*os.Process // by role; guarded by mu
	kills   map[string]int           // by role; guarded by mu
	ripe    *rand.Rand               // guarded by mu
	ended   chan struct{}            // closed when enough were killed
	stopped bool                     // that it is; guarded by mu
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, live: map[string][]*os.Process{}, kills: map[string]int{}, books: newBooks(), ended: make(chan struct{})}
	prepare(w)
	self, err := os.Executable()
	check(t, err)
	copyFile(t, self, filepath.Join(w.dir, hostFile))
	copyFile(t, built(programName), filepath.Join(w.dir, programName))
	w.box, err = mailbox.OpenUser(queue)
	check(t, err)
	w.boxes = []*mailbox.Mailbox{w.box}
	for _, place := range w.places {
		box, err := mailbox.Open(place)
		check(t, err)
		w.boxes = append(w.boxes, box)
	}
	w.person, err = newPerson(w, w.boxes[:2])
	check(t, err)
	return w
}

func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(w.dir, programName), args...)
	cmd.Env = w.env
	tie(cmd)
	return cmd
}

func (w *world) begin(role string, cmd *exec.Cmd) (killed func() bool, err error) {
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
		killed := wasKilled(cmd.ProcessState)
		if killed {
			w.killed(role)
		}
		return killed
	}, nil
}

// killed counts one that was. The caller holds mu.
func (w *world) killed(role string) {
	if w.stopped {
		return
	}
	w.kills[role]++
	if role == monitorRole || role == startedRole {
		w.books.dies()
	}
	if w.total() >= w.want {
		w.stopped = true
		close(w.ended)
	}
}

func (w *world) total() (n int) {
	for _, kills := range w.kills {
		n += kills
	}
	return n
}

// run runs a program to its end, or until it is killed.
func (w *world) run(role string, args ...string) (out string, status int, killed bool) {
	cmd := w.command(args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	wait, err := w.begin(role, cmd)
	if err != nil {
		w.t.Error(err)
		return "", -1, false
	}
	killed = wait()
	w.books.notes(idOf(args), "%s %d %t", role, cmd.ProcessState.ExitCode(), killed)
	if status = cmd.ProcessState.ExitCode(); !killed && !slices.Contains([]int{0, 1, 64, 65, 69}, status) {
		w.t.Errorf("%s: exit %d: %s%s", strings.Join(args, " "), status, &stdout, &stderr)
	}
	return stdout.String(), status, killed
}

// idOf is the message that a program is about.
func idOf(args []string) string {
	if n := slices.Index(args, "--id"); n >= 0 {
		return args[n+1]
	}
	return args[1]
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
		started, err := w.started()
		if err != nil {
			w.t.Error(err)
		}
		w.mu.Lock()
		candidates := map[string]int{startedRole: len(started), dialogRole: w.person.open()}
		var there []string
		for _, role := range roles {
			if candidates[role] += len(w.live[role]); candidates[role] > 0 {
				there = append(there, role)
				if role == dialogRole { // seldom there
					there = append(there, role, role)
				}
			}
		}
		if len(there) > 0 && !w.stopped {
			role := there[w.ripe.IntN(len(there))]
			which := w.ripe.IntN(candidates[role])
			switch role {
			case dialogRole:
				w.person.kill(which)
			case startedRole:
				if started[which].Running() && started[which].End(func(process.About) error { return nil }) == nil {
					w.killed(role)
				}
			default:
				_ = kill(w.live[role][which]) // it may have ended this moment
			}
		}
		w.mu.Unlock()
	}
}

// started are the monitors that attend, and that we have not started.
func (w *world) started() (others []process.ID, err error) {
	attending, err := w.box.Attending()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range attending {
		if !slices.ContainsFunc(w.live[monitorRole], func(p *os.Process) bool { return p.Pid == a.Pid }) {
			others = append(others, process.ID{Pid: a.Pid, Started: a.Started})
		}
	}
	return others, err
}

// keep has a program run again whenever it was killed, until over is closed.
func (w *world) keep(role string, over <-chan struct{}, args ...string) {
	for life := 0; ; life++ {
		cmd := w.command(args...)
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
			_ = end(w, cmd) // it may have been killed
			killed = <-ended
		}
		w.lives(role, cmd.Process.Pid, log.Bytes())
		status := cmd.ProcessState.ExitCode()
		attended := role == monitorRole && status == 3 // by one that the service has started
		if !killed && !attended && (!last || status != 0) {
			w.t.Errorf("%s, life %d: %s\n%s", role, life, cmd.ProcessState, log.Bytes())
			return
		}
		if attended {
			w.await(over)
		}
		select {
		case <-over:
			return
		default:
		}
	}
}

// lives enters what a program has logged in one life about each message.
func (w *world) lives(role string, pid int, log []byte) {
	for line := range bytes.Lines(log) {
		if id := logged.FindSubmatch(line); id != nil {
			w.books.notes(string(id[1]), "%s %d: %s", role, pid, bytes.TrimSpace(line))
		}
	}
}

// logged finds the id in a line of a log.
var logged = regexp.MustCompile(`\bid"?[=:]"?([a-z0-9-]+)`)

// await waits until the monitors that attend have ended.
func (w *world) await(over <-chan struct{}) {
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		started, err := w.started()
		if err != nil {
			w.t.Error(err)
		}
		for _, id := range started {
			_ = process.Wait(ctx, id) // it may be over
		}
	}()
	select {
	case <-waiting:
	case <-over:
		stop()
		<-waiting
	}
}

// client asks one question after the other by one mailbox.
func (w *world) client(number int, scope mailbox.Scope) {
	for n := 0; ; n++ {
		select {
		case <-w.ended:
			return
		default:
		}
		id := fmt.Sprintf("c%d-%d", number, n)
		service := scope == mailbox.ScopeService
		w.mu.Lock()
		asked := []string{"later", "wait", "yes"}[w.ripe.IntN(3)]
		waits := service || w.ripe.IntN(3) == 0
		w.mu.Unlock()
		w.books.asks(id, asked, scope)
		args := []string{"ask", asked, "--button", "Yes", "--button", "No", "--launch", "never", "--json", "--scope", string(scope), "--id", id}
		if scope == mailbox.ScopeMachine {
			args = append(args, "--to", "active")
		}
		if waits {
			w.wait(id, args)
			continue
		}
		if w.put(id, append(args, "--no-wait")) {
			w.fetch(id)
		}
	}
}

// wait asks and waits; who is killed has withdrawn his question by that.
func (w *world) wait(id string, args []string) {
	out, status, killed := w.run(askRole, args...)
	switch {
	case final(out):
		w.books.gets(id, out, killed)
	case killed || status == 69: // nobody attends at this moment
		w.books.excuses(id)
	default:
		w.t.Errorf("%s: exit %d %s", id, status, out)
	}
}

// inTime reports whether there is time left: nobody can say how long something
// takes while everybody is killed.
func (w *world) inTime() func() bool {
	end := time.Now().Add(patience)
	return func() bool {
		select {
		case <-w.ended:
		default:
			end = time.Now().Add(patience)
		}
		return time.Now().Before(end)
	}
}

// put puts a question, again where the one who did was killed.
func (w *world) put(id string, args []string) bool {
	before := false
	for within := w.inTime(); within(); {
		out, status, killed := w.run(putRole, args...)
		switch {
		case killed:
			before = true
		case status == 0, status == 64 && before:
			return true
		case status == 69: // nobody attends at this moment
			w.books.retakes(id)
		default:
			w.t.Errorf("%s was not put: %d %s", id, status, out)
			return false
		}
	}
	w.t.Errorf("%s cannot be put", id)
	return false
}

// fetch waits for the answer, again where the one who did was killed.
func (w *world) fetch(id string) {
	before := false
	for within := w.inTime(); within(); {
		out, status, killed := w.run(awaitRole, "await", id, "--json", "--within", patience.String())
		switch {
		case final(out):
			w.books.gets(id, out, killed)
			return
		case killed:
			before = true
		case status == 64 && before: // he had fetched it, and was killed before he could say so
			w.books.excuses(id)
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
	if !aside(t) {
		return
	}
	seed := number(t, "SEED", int(time.Now().UnixNano()%1e9))
	w := newWorld(t)
	w.want, w.ripe = number(t, "KILLS", kills), rand.New(rand.NewPCG(uint64(seed), 0))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("SEED=%d KILLS=%d", seed, w.want)
		}
	})
	over, off := make(chan struct{}), make(chan struct{})
	var kept, served, asking sync.WaitGroup
	kept.Go(func() { w.keep(monitorRole, over, "monitor", "--foreground", "--log", "json", "--ui", w.ui) })
	served.Go(func() { w.keep(serviceRole, off, "service", "run") })
	asking.Go(w.kill)
	scopes := []mailbox.Scope{mailbox.ScopeService, mailbox.ScopeUser, mailbox.ScopeUser}
	if w.passes {
		scopes = append(scopes, mailbox.ScopeMachine)
	}
	for i, scope := range scopes {
		asking.Go(func() { w.client(i, scope) })
	}
	asking.Wait()
	w.settle()
	close(off)
	served.Wait()
	close(over)
	kept.Wait()
	w.dismiss()
	w.audit()
	t.Logf("%d kills %v, %s; %d processes whose creator was killed before they began", w.total(), w.kills, w.books.sum(), w.unborn)
}

// settle waits until every message that is there has its reply, or is gone, and
// nothing is left of what was passed on.
func (w *world) settle() {
	w.t.Helper()
	ctx, stop := context.WithTimeout(w.t.Context(), patience)
	defer stop()
	changes := make(chan struct{}, 1)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	for _, b := range w.boxes {
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
		for i, b := range w.boxes {
			ids, err := b.IDs()
			check(w.t, err)
			open = append(open, slices.DeleteFunc(ids, func(id string) bool {
				if e, err := b.Get(id); err == nil && !e.Ready {
					return true // who put it was killed over that
				}
				state, _, err := b.State(id)
				return err == nil && state == mailbox.Spent && (i == 0 || w.places[i-1].Scope != mailbox.ScopeAssigned)
			})...)
		}
		if len(open) == 0 {
			return
		}
		select {
		case <-changes:
		case <-ctx.Done():
			w.t.Errorf("without a reply: %q", open)
			w.unanswered = open
			for _, id := range open {
				for i, b := range w.boxes {
					state, reply, err := b.State(id)
					w.books.notes(id, "without a reply in mailbox %d: %v %+v, %v", i, state, reply, err)
				}
			}
			return
		}
	}
}

// dismiss ends the monitors that the service has started.
func (w *world) dismiss() {
	w.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		started, err := w.started()
		check(w.t, err)
		if len(started) == 0 {
			return
		}
		// One may end meanwhile by itself.
		_ = w.command("monitor", "stop").Run()
	}
	w.t.Error("monitors still attend")
}

// audit looks at the books, and at what is left.
func (w *world) audit() {
	w.t.Helper()
	check(w.t, w.person.close())
	for _, b := range w.boxes {
		ids, err := b.IDs()
		check(w.t, err)
		for _, id := range ids {
			w.books.leaves(id)
			check(w.t, b.Forget(id))
		}
	}
	for _, id := range w.unanswered {
		w.t.Errorf("%s, without a reply\n%s", id, w.books.story(id))
	}
	for _, wrong := range w.books.judge() {
		id, _, _ := strings.Cut(wrong, " ")
		w.t.Errorf("%s\n%s", wrong, w.books.story(strings.TrimSuffix(strings.TrimSuffix(id, ":"), ",")))
	}
	lookForFiles(w)
	// A program that was told to end, or whose monitor was, may be doing that.
	var left string
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if left = w.leaving(); left == "" {
			return
		}
	}
	w.t.Errorf("left: %s", left)
}

// sweepLater has a mailbox swept as it will be in a while: of what has gone it
// is known at a second look for how long.
func sweepLater(t *testing.T, store mailbox.Store) {
	t.Helper()
	later := time.Hour
	box, err := mailbox.New(store, mailbox.Options{Now: func() time.Time { return time.Now().Add(later) }})
	check(t, err)
	check(t, box.Sweep())
	later += time.Hour
	check(t, box.Sweep())
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	source, err := os.Open(from)
	check(t, err)
	defer source.Close()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o755)
	check(t, err)
	_, err = io.Copy(target, source)
	check(t, err)
	check(t, target.Close())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

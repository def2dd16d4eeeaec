package soak

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/process"
)

// hostName is that of the dialog host, which is this program under the name of
// Deskbell's own.
const hostName = "deskbell-gtk"

// addressFile, beside the host, says where the person is.
const addressFile = "person"

// What a window says to the person.
const (
	opened = "open\n"
	bye    = "bye\n"
)

// delays are how long the person takes, by what is asked.
var delays = map[string]time.Duration{"later": 30 * time.Millisecond, "wait": 120 * time.Millisecond}

func TestMain(m *testing.M) {
	if self, err := os.Executable(); err == nil && strings.TrimSuffix(filepath.Base(self), ".exe") == hostName {
		os.Exit(hostDialog(filepath.Dir(self)))
	}
	os.Exit(m.Run())
}

// opening is what a dialog tells the person when it is about to show a window.
type opening struct {
	ID      string
	Pid     int
	Monitor int
}

// hostDialog is a dialog host (docs/dialog-host.md): it shows a window once the
// person has seen that it comes, and gives the answer that he gives.
func hostDialog(dir string) int {
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return 0
	}
	var question struct{ ID string }
	if err := json.Unmarshal(line, &question); err != nil {
		fmt.Fprintln(os.Stderr, "read the question:", err)
		return 1
	}
	address, err := os.ReadFile(filepath.Join(dir, addressFile))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	person, err := net.Dial("tcp", string(address))
	if err != nil {
		fmt.Fprintln(os.Stderr, "meet the person:", err)
		return 1
	}
	withdrawn := make(chan struct{})
	go func() {
		defer close(withdrawn)
		_, _ = io.Copy(io.Discard, input) // changes do not matter here
	}()
	answered := make(chan int, 1)
	go func() { answered <- meet(person, question.ID) }()
	select {
	case <-withdrawn:
		return 0
	case status := <-answered:
		return status
	}
}

// meet shows the window to the person, and gives his answer.
func meet(person net.Conn, id string) int {
	words := bufio.NewReader(person)
	err := json.NewEncoder(person).Encode(opening{ID: id, Pid: os.Getpid(), Monitor: os.Getppid()})
	if err == nil {
		_, err = words.ReadString('\n') // he has seen that it comes
	}
	if err == nil {
		var closeWindow func()
		if closeWindow, err = openWindow(id); err == nil {
			defer closeWindow()
			_, err = io.WriteString(person, opened)
		}
	}
	if err == nil {
		var button int
		if _, err = fmt.Fscan(words, &button); err == nil {
			_, err = fmt.Printf(`{"status":"answered","button":%d}`+"\n", button)
			_, _ = io.WriteString(person, bye) // he may have ended
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "show a window:", err)
		return 1
	}
	return 0
}

// person is who is asked: he sees each window, and answers it by what it asks,
// at once or later.
type person struct {
	world  *world
	boxes  []*mailbox.Mailbox // where what is shown may be
	listen net.Listener
	tasks  sync.WaitGroup
	done   chan struct{} // closed when nothing is waited for any more

	mu      sync.Mutex
	windows []*dialogWindow // that are there; guarded by mu
}

// dialogWindow is one that is there.
type dialogWindow struct {
	id      string
	process *os.Process
	killed  bool // guarded by person.mu
}

func newPerson(w *world, boxes []*mailbox.Mailbox) (*person, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &person{world: w, boxes: boxes, listen: listen, done: make(chan struct{})}
	p.tasks.Go(func() {
		for {
			conn, err := listen.Accept()
			if err != nil {
				return // closed
			}
			p.tasks.Go(func() {
				defer conn.Close()
				p.see(conn)
			})
		}
	})
	return p, os.WriteFile(filepath.Join(w.dir, addressFile), []byte(listen.Addr().String()), 0o600)
}

func (p *person) close() error {
	close(p.done)
	err := p.listen.Close()
	p.tasks.Wait()
	return err
}

// open is how many windows are there.
func (p *person) open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.windows)
}

// kill kills one of them, unless it has gone meanwhile.
func (p *person) kill(which int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if which >= len(p.windows) {
		return
	}
	w := p.windows[which]
	p.world.books.kills(w.id)
	w.killed = kill(w.process) == nil
}

// see sees one window until it has gone.
func (p *person) see(conn net.Conn) {
	words := bufio.NewReader(conn)
	line, err := words.ReadBytes('\n')
	var o opening
	if err == nil {
		err = json.Unmarshal(line, &o)
	}
	if err != nil {
		return // it has gone as it began
	}
	dialog, err := os.FindProcess(o.Pid) // it waits for us
	if err != nil {
		return
	}
	late := p.isLate(o.ID)
	// A monitor that is there now was there when we looked.
	asked := p.world.books.opens(o.ID, o.Monitor, late, isMonitor(o.Monitor))
	defer p.whenEnded(o.Pid, conn)()
	w := &dialogWindow{id: o.ID, process: dialog}
	p.mu.Lock()
	p.windows = append(p.windows, w)
	p.mu.Unlock()
	last := p.attend(conn, words, delays[asked], answers[asked])
	p.mu.Lock()
	p.windows = slices.DeleteFunc(p.windows, func(other *dialogWindow) bool { return other == w })
	killed := w.killed && last != bye
	p.mu.Unlock()
	if killed {
		p.world.mu.Lock()
		defer p.world.mu.Unlock()
		p.world.killed(dialogRole)
	}
}

// lastWords is how long what a dialog has said may be on its way when it has ended.
const lastWords = 2 * time.Second

// whenEnded has a connection read no more when the dialog at its other end has
// ended: Wine 8 keeps some open that were being read when their process was killed.
// What it returns ends that, and waits for it.
func (p *person) whenEnded(pid int, conn net.Conn) func() {
	id, err := process.Of(pid)
	if err != nil {
		id = process.ID{Pid: pid} // it has ended
	}
	ctx, stop := context.WithCancel(context.Background())
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		if process.Wait(ctx, id) == nil {
			_ = conn.SetReadDeadline(time.Now().Add(lastWords)) // it may be closed
		}
	}()
	return func() {
		stop()
		<-waiting
	}
}

// attend answers a window, and returns the last that it said.
func (p *person) attend(conn net.Conn, words *bufio.Reader, delay time.Duration, answer string) (last string) {
	button := 101
	if answer == "No" {
		button = 102
	}
	if _, err := io.WriteString(conn, "seen\n"); err != nil {
		return ""
	}
	if last, _ = words.ReadString('\n'); last != opened {
		return last
	}
	select {
	case <-time.After(delay):
	case <-p.done:
	}
	if _, err := fmt.Fprintln(conn, button); err != nil {
		return last
	}
	for {
		line, err := words.ReadString('\n')
		if err != nil {
			return last
		}
		last = line
	}
}

// isLate reports whether a message has its reply.
func (p *person) isLate(id string) bool {
	for _, b := range p.boxes {
		state, _, err := b.State(id)
		if err != nil {
			p.world.t.Errorf("look at %s: %v", id, err)
		}
		if state == mailbox.Spent {
			return true
		}
	}
	return p.world.books.over(id)
}

// isMonitor reports whether a process is one, and still there.
func isMonitor(pid int) bool {
	id, err := process.Of(pid)
	if err != nil {
		return false
	}
	about, err := id.About()
	return err == nil && strings.EqualFold(filepath.Base(strings.ReplaceAll(about.Image, `\`, "/")), programName) && id.Running()
}

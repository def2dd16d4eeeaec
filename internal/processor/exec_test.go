package processor

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/child"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/protocol"
)

// generous is a deadline that only a failure reaches.
const generous = 30 * time.Second

// TestMain lets a copy of the test binary play the program that it is named
// after: a processor gets no variable by which it could be told.
func TestMain(m *testing.M) {
	name := strings.TrimSuffix(filepath.Base(os.Args[0]), programSuffix)
	if act, ok := strings.CutPrefix(name, "act-"); ok {
		os.Exit(play(act))
	}
	os.Exit(m.Run())
}

func play(act string) int {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 8<<20)
	switch act {
	case "echo":
		in.Scan()
		answer(in.Text())
	case "place":
		dir, _ := os.Getwd()
		answer(strings.Join(append([]string{dir, fmt.Sprint(len(os.Args))}, os.Environ()...), "\n"))
	case "last": // the text that says so
		for in.Scan() {
			var m struct{ Text string }
			if json.Unmarshal(in.Bytes(), &m) == nil && m.Text == "last" {
				answer(m.Text)
				return 0
			}
			marked("read")
		}
	case "button":
		fmt.Println(`{"Status":"answered","Button":101,"Checked":true,"Channel":"dialog","User":"root","Pid":1}`)
	case "items":
		fmt.Println(`{"status":"answered","answer":["a","b"]}`)
	case "reject":
		fmt.Println(`{"status":"rejected","error":"no such\n` + `\u0000folder"}`)
	case "silent":
	case "junk":
		fmt.Println("hello")
	case "claim":
		fmt.Println(`{"status":"shown"}`)
	case "nul":
		fmt.Println(`{"status":"answered","answer":"a\u0000b"}`)
	case "endless":
		for noise := bytes.Repeat([]byte("x"), 1<<16); ; {
			if _, err := os.Stdout.Write(noise); err != nil {
				return 0
			}
		}
	case "fail":
		fmt.Fprintln(os.Stderr, "no disk\n\x00\x1bleft")
		return 7
	case "late":
		answer("done")
		fmt.Fprintln(os.Stderr, "but not quite")
		return 3
	case "hang":
		marked("started")
		<-time.After(time.Hour)
	case "tidy": // answers once its input has ended
		marked("started")
		for in.Scan() {
		}
		answer("tidied")
	case "mark":
		marked("started")
		answer("")
	default:
		return 99
	}
	return 0
}

func answer(text string) {
	data, _ := json.Marshal(map[string]any{"status": "answered", "answer": text})
	fmt.Println(string(data))
}

// marked leaves a sign beside the program.
func marked(what string) {
	if err := os.WriteFile(os.Args[0]+"."+what, nil, 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// stage has programs that play, trusted unless it is said otherwise.
type stage struct {
	folder   string
	programs Programs
}

func newStage(t *testing.T, acts ...string) *stage {
	t.Helper()
	s := &stage{folder: t.TempDir()}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range acts {
		if err := placeProgram(self, s.path(act)); err != nil {
			t.Fatal(err)
		}
	}
	s.programs = Programs{
		Queue: "desk", User: "anna", Folders: []string{filepath.Join(s.folder, "none"), s.folder},
		Trusted: func(string) error { return nil },
	}
	return s
}

func (s *stage) path(act string) string {
	return filepath.Join(s.folder, "act-"+act+programSuffix)
}

func (s *stage) processor(t *testing.T, act string) Processor {
	t.Helper()
	found, err := s.programs.Processors()
	if err != nil || found["act-"+act] == nil {
		t.Fatalf("processors %v, %v", found, err)
	}
	return found["act-"+act]
}

func message(act string) protocol.Message {
	m := protocol.NewMessage("act-" + act)
	m.ID = "m1"
	return m
}

// process runs one act to its end.
func (s *stage) process(t *testing.T, act string) (protocol.Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	return s.processor(t, act).Process(ctx, message(act), nil)
}

// await waits for the sign that a program leaves.
func (s *stage) await(t *testing.T, act, what string) {
	t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for deadline := time.Now().Add(generous); time.Now().Before(deadline); <-ticker.C {
		if _, err := os.Stat(s.path(act) + "." + what); err == nil {
			return
		}
	}
	t.Fatalf("%s has not %s", act, what)
}

func TestExecLine(t *testing.T) {
	s := newStage(t, "echo")
	m := message("echo")
	m.Text, m.Buttons, m.SenderPid = "Größe\nzwei", []string{"Yes"}, 12
	m.Extra = protocol.Fields{"Path": `C:\x`, "ID": "forged", "queue": "forged", "uSER": "root", "uſer": "root", "Ready": 1, "Deep": map[string]any{"n": 1}}
	reply, err := s.processor(t, "echo").Process(t.Context(), m, nil)
	if err != nil || reply.Status != protocol.StatusAnswered || reply.Button != protocol.NoButton {
		t.Fatalf("%+v, %v", reply, err)
	}
	if reply.Channel != "processor:act-echo" || reply.ShownAt.IsZero() {
		t.Errorf("%+v", reply)
	}
	var got map[string]any
	if err := json.Unmarshal([]byte(reply.Answer), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "m1", "queue": "desk", "user": "anna", "kind": "act-echo", "version": 1.0, "text": "Größe\nzwei",
		"buttons": []any{"Yes"}, "senderPid": 12.0, "path": `C:\x`, "deep": map[string]any{"n": 1.0},
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the program read\n%v, want\n%v", got, want)
	}
}

// Whatever is in the monitor's environment, a program finds the system's own
// programs and libraries.
func TestExecPlace(t *testing.T) {
	t.Setenv("LD_PRELOAD", "")
	t.Setenv("LD_LIBRARY_PATH", "/evil")
	t.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+"/evil")
	t.Setenv("PYTHONPATH", "/evil")
	t.Setenv("DESKBELL_QUEUE", "evil")
	s := newStage(t, "place")
	reply, err := s.process(t, "place")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(reply.Answer, "\n")
	if real, _ := filepath.EvalSymlinks(s.folder); lines[0] != s.folder && lines[0] != real {
		t.Errorf("it runs in %s, want %s", lines[0], s.folder)
	}
	if lines[1] != "1" {
		t.Errorf("it has %s arguments", lines[1])
	}
	if !slices.Contains(lines, "DESKBELL_QUEUE=desk") {
		t.Errorf("without the queue: %q", lines)
	}
	for _, line := range lines[2:] {
		if name, _, _ := strings.Cut(line, "="); strings.Contains(line, "evil") || name == "LD_PRELOAD" || name == "GOCACHE" {
			t.Errorf("it got %s", line)
		}
	}
}

func TestExecReplies(t *testing.T) {
	s := newStage(t, "button", "items", "reject")
	for act, want := range map[string]protocol.Reply{
		"button": {Status: protocol.StatusAnswered, Button: 101, Checked: true},
		"items":  {Status: protocol.StatusAnswered, Button: protocol.NoButton, Items: []string{"a", "b"}},
		"reject": {Status: protocol.StatusRejected, Button: protocol.NoButton, Error: "no such folder"},
	} {
		reply, err := s.process(t, act)
		want.Channel, want.ShownAt = "processor:act-"+act, reply.ShownAt
		if err != nil || fmt.Sprint(reply) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, %v", act, reply, err)
		}
	}
}

func TestExecFailures(t *testing.T) {
	s := newStage(t, "silent", "junk", "claim", "nul", "endless", "fail", "late")
	for act, want := range map[string]string{
		"silent":  "processor act-silent: it ended without an answer",
		"junk":    "processor act-junk: not JSON",
		"claim":   `processor act-claim: its status is "shown"`,
		"nul":     "processor act-nul: there is a NUL in it",
		"endless": "processor act-endless: its answer is longer than",
		"fail":    "processor act-fail: it ended without an answer: exit status 7: no disk left",
		"late":    "processor act-late: exit status 3: but not quite",
	} {
		reply, err := s.process(t, act)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s…", act, err, want)
		}
		if reply.Status != "" || reply.Answer != "" {
			t.Errorf("%s: %+v", act, reply)
		}
	}
	_, err := s.process(t, "fail")
	var exit *child.ExitError
	if !errors.As(err, &exit) || exit.Code != 7 {
		t.Errorf("error %v", err)
	}
}

func TestExecUpdates(t *testing.T) {
	s := newStage(t, "last")
	updates := make(chan protocol.Message, 1)
	done := make(chan error, 1)
	processor := s.processor(t, "last")
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	defer cancel()
	go func() {
		reply, err := processor.Process(ctx, message("last"), updates)
		if err == nil && reply.Answer != "last" {
			err = fmt.Errorf("reply %+v", reply)
		}
		done <- err
	}()
	s.await(t, "last", "read")
	m := message("last")
	m.Text = "last"
	updates <- m
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestExecCancelled(t *testing.T) {
	for act, want := range map[string]error{"hang": ErrTimeout, "tidy": nil} {
		s := newStage(t, act)
		ctx, cancel := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		processor := s.processor(t, act)
		go func() {
			reply, err := processor.Process(ctx, message(act), nil)
			if want == nil && reply.Answer != "tidied" {
				err = errors.Join(err, fmt.Errorf("reply %+v", reply))
			}
			done <- err
		}()
		s.await(t, act, "started")
		cancel(ErrTimeout)
		if err := <-done; !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", act, err, want)
		}
	}
}

func TestExecLimit(t *testing.T) {
	s := newStage(t, "hang")
	s.programs.Limit = time.Millisecond
	if _, err := s.process(t, "hang"); err == nil || err.Error() != "processor act-hang: it ran for longer than 1ms" {
		t.Fatalf("error %v", err)
	}
}

// With as many at work as there may be, a message waits, follows its sender,
// and can be withdrawn.
func TestExecTurn(t *testing.T) {
	s := newStage(t, "echo")
	e := s.processor(t, "echo").(Exec)
	if cap(e.turns) != execAtOnce {
		t.Fatalf("%d at a time", cap(e.turns))
	}
	e.turns = make(chan struct{}, 1)
	e.turns <- struct{}{}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(ErrWithdrawn)
	if _, err := e.Process(ctx, message("echo"), nil); !errors.Is(err, ErrWithdrawn) {
		t.Fatalf("error %v", err)
	}
	updates := make(chan protocol.Message)
	done := make(chan protocol.Reply, 1)
	go func() {
		reply, _ := e.Process(t.Context(), message("echo"), updates)
		done <- reply
	}()
	newer := message("echo")
	newer.Text = "newer"
	updates <- newer
	<-e.turns
	if reply := <-done; !strings.Contains(reply.Answer, `"text":"newer"`) {
		t.Fatalf("reply %+v", reply)
	}
	if len(e.turns) != 0 {
		t.Fatal("the turn is not given back")
	}
}

// Trust is asked for at each start, and what it refuses is not started.
func TestExecTrustAtEachStart(t *testing.T) {
	s := newStage(t, "mark")
	var asked []string
	var refuse error
	s.programs.Trusted = func(path string) error {
		asked = append(asked, path)
		return refuse
	}
	p := s.processor(t, "mark")
	if len(asked) != 0 {
		t.Fatal("asked before a start")
	}
	if _, err := p.Process(t.Context(), message("mark"), nil); err != nil {
		t.Fatal(err)
	}
	s.await(t, "mark", "started")
	if err := os.Remove(s.path("mark") + ".started"); err != nil {
		t.Fatal(err)
	}
	refuse = &trust.Error{Path: s.path("mark"), Component: s.folder, Reason: "can be written by everybody"}
	reply, err := p.Process(t.Context(), message("mark"), nil)
	var refused *trust.Error
	if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), "processor act-mark is not started: ") || reply.Channel != "" {
		t.Fatalf("%+v, %v", reply, err)
	}
	if !slices.Equal(asked, []string{s.path("mark"), s.path("mark")}) {
		t.Errorf("asked about %q", asked)
	}
	if _, err := os.Stat(s.path("mark") + ".started"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it was started")
	}
}

// A program where everybody could have put it is not started: there is
// nothing but the access rights of its path to tell it by.
func TestExecInAFolderForTemporaryFiles(t *testing.T) {
	s := newStage(t, "mark")
	s.programs.Trusted = nil
	_, err := s.process(t, "mark")
	var refused *trust.Error
	if !errors.As(err, &refused) {
		t.Fatalf("error %v", err)
	}
	if _, err := os.Stat(s.path("mark") + ".started"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it was started")
	}
}

func TestExecRemoved(t *testing.T) {
	s := newStage(t, "echo")
	p := s.processor(t, "echo")
	if err := os.Remove(s.path("echo")); err != nil {
		t.Fatal(err)
	}
	reply, err := p.Process(t.Context(), message("echo"), nil)
	if err != nil || reply.Status != protocol.StatusRejected || !strings.Contains(reply.Error, `"act-echo"`) {
		t.Fatalf("%+v, %v", reply, err)
	}
}

func TestProcessors(t *testing.T) {
	s := newStage(t)
	for _, name := range []string{"backup", "a.b_c-1", "popup", "control", ".hidden", "-x", "a b", strings.Repeat("x", 65)} {
		if err := os.WriteFile(filepath.Join(s.folder, name+programSuffix), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(s.folder, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(s.folder, "folder"+programSuffix), 0o755); err != nil {
		t.Fatal(err)
	}
	found, err := s.programs.Processors()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for kind := range found {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, []string{"a.b_c-1", "backup"}) {
		t.Errorf("kinds %q", kinds)
	}
}

func TestProcessorsNowhere(t *testing.T) {
	s := newStage(t)
	s.programs.Folders = []string{filepath.Join(s.folder, "none")}
	if found, err := s.programs.Processors(); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
	for _, queue := range []string{"", "..", "a/b", `a\b`} {
		if _, err := (Programs{Queue: queue}).Processors(); err == nil {
			t.Errorf("of queue %q", queue)
		}
	}
	if found, err := (Programs{Queue: "no-such-queue-here"}).Processors(); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
	folders, err := programFolders("desk")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	for _, folder := range folders {
		if !filepath.IsAbs(folder) || filepath.Base(folder) != "desk" || filepath.Base(filepath.Dir(folder)) != "processors" {
			t.Errorf("folder %s", folder)
		}
	}
}

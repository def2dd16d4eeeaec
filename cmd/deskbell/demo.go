package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/delivery"
	"github.com/deskbell/deskbell/internal/session"
)

const (
	demoTitle = "Deskbell demo"
	demoText  = "A program without a desktop asks: may it go on?"
)

// stage is what the demo shows its question on.
type stage struct {
	name string
	ui   string
	env  []string
	// answer presses a button of the window until ctx is done; nil where a
	// person or the script does.
	answer func(ctx context.Context)
	close  func() error
}

func (c *call) demo() *cobra.Command {
	command := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on what this machine has: a question, its way and its answer",
		Args:  cobra.NoArgs,
	}
	spec := ""
	command.Flags().StringVar(&spec, "ui", "", "show it by this instead, as monitor --ui")
	var tester bool
	command.Flags().BoolVar(&tester, "tester", false, "ask on the console what to ask, and send that to whoever attends this queue")
	command.RunE = func(command *cobra.Command, _ []string) error {
		if tester {
			return c.tester(command.Context(), command, &sender{})
		}
		dir, err := os.MkdirTemp("", "deskbell-demo-*")
		if err != nil {
			return err
		}
		err = c.onStages(command.Context(), spec, dir)
		return errors.Join(err, os.RemoveAll(dir))
	}
	return command
}

// onStages performs on the best stage that the machine has.
func (c *call) onStages(ctx context.Context, spec, dir string) error {
	for _, build := range c.stages(spec, dir) {
		s, err := build(ctx)
		if err == nil {
			err = errors.Join(c.perform(ctx, s, dir), s.close())
		}
		var unable *stageError
		if !errors.As(err, &unable) || ctx.Err() != nil {
			return err
		}
		fmt.Fprintf(c.stderr, "Not on %s: %v.\n", s.name, unable)
	}
	return errors.New("there is nothing to show the question on")
}

// stageError says that nothing can be shown on a stage.
type stageError struct{ problem string }

func (e *stageError) Error() string { return e.problem }

// stages are ways to make a stage, the best first.
func (c *call) stages(spec, dir string) []func(context.Context) (stage, error) {
	fixed := func(s stage) func(context.Context) (stage, error) {
		s.close = func() error { return nil }
		return func(context.Context) (stage, error) { return s, nil }
	}
	if spec != "" {
		return []func(context.Context) (stage, error){fixed(stage{name: "what --ui names", ui: absolute(spec)})}
	}
	var stages []func(context.Context) (stage, error)
	if session.Interactive() {
		stages = append(stages, fixed(stage{name: "your screen", ui: "auto"}))
	} else {
		stages = append(stages, virtualScreen)
	}
	if isTerminal(os.Stdin) && isTerminal(os.Stdout) {
		stages = append(stages, fixed(stage{name: "this terminal", ui: "tty"}))
	}
	return append(stages, func(context.Context) (stage, error) {
		script := filepath.Join(dir, "script")
		s := stage{name: "no screen and no terminal: by a scripted user", ui: "script:" + script, close: func() error { return nil }}
		return s, os.WriteFile(script, []byte(`{"button":"Yes","after":"300ms"}`+"\n"), 0o600)
	})
}

// perform runs a monitor and a sender, as two programs, on a queue of their
// own, and prints what they log.
func (c *call) perform(ctx context.Context, s stage, dir string) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	queue := fmt.Sprintf("demo-%d", os.Getpid())
	environment := append(os.Environ(), s.env...)
	environment = append(environment, "DESKBELL_RUNTIME_DIR="+filepath.Join(dir, "queues"), "DESKBELL_QUEUE="+queue)
	defer func() { err = errors.Join(err, removeQueue(queue)) }()
	program := func(ctx context.Context, args ...string) *exec.Cmd {
		command := exec.CommandContext(ctx, self, args...)
		command.Env = environment
		command.WaitDelay = time.Second
		return command
	}

	fmt.Fprintf(c.stdout, "The question is shown on %s.\n", s.name)
	life := &lifeline{out: c.stdout, start: time.Now()}
	monitor := program(ctx, "monitor", "--foreground", "--log", "text", "--ui", s.ui)
	if s.ui == "tty" {
		monitor.Stdin, monitor.Stdout = os.Stdin, os.Stdout
	}
	attending := life.follow(monitor, monitorSteps)
	if err := monitor.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- monitor.Wait() }()
	select {
	case <-attending:
	case err := <-ended:
		if ignoreExit(err) == nil && monitor.ProcessState.ExitCode() == exits[delivery.NoMonitor].posix {
			return &stageError{life.last()}
		}
		return fmt.Errorf("the monitor ended: %s: %w", life.last(), err)
	}
	if err := c.sendDemo(ctx, program, s, life); err != nil {
		return errors.Join(err, monitor.Process.Kill(), ignoreExit(<-ended))
	}
	stop := program(ctx, "monitor", "stop")
	said, err := stop.CombinedOutput()
	if err != nil {
		return errors.Join(fmt.Errorf("stop the monitor: %s: %w", bytes.TrimSpace(said), err), monitor.Process.Kill(), ignoreExit(<-ended))
	}
	return <-ended
}

// sendDemo asks, and tells what the sender got.
func (c *call) sendDemo(ctx context.Context, program func(context.Context, ...string) *exec.Cmd, s stage, life *lifeline) error {
	ask := program(ctx, "ask", demoText, "--title", demoTitle, "--button", "Yes", "--button", "Later",
		"--icon", "question", "--timeout", "1m", "--id", demoID, "--launch", "never", "--json", "--debug")
	life.follow(ask, senderSteps)
	var answer bytes.Buffer
	ask.Stdout = &answer
	if err := ask.Start(); err != nil {
		return err
	}
	answering, stop := context.WithCancel(ctx)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		if s.answer != nil {
			s.answer(answering)
		}
	}()
	err := ask.Wait()
	stop()
	<-answered
	if err = ignoreExit(err); err != nil {
		return err
	}
	var r report
	if err := json.Unmarshal(answer.Bytes(), &r); err != nil {
		return fmt.Errorf("read what the sender printed: %w: %s", err, life.last())
	}
	if r.Outcome == delivery.Failed {
		return &stageError{r.Error}
	}
	fmt.Fprintf(c.stdout, "The sender has its answer: %s, button %d %q, by %s; its exit status is %d.\n", r.Outcome, r.Button, r.Choice, r.Channel, r.Exit)
	if r.Status == "" || r.Error != "" {
		return fmt.Errorf("the question was not answered: %s", r.Error)
	}
	return nil
}

// ignoreExit leaves out that a program ended with a status of its own.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	// One that ended well may have handed its streams on to what runs longer.
	if errors.As(err, &exit) || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return err
}

// demoID is the id of the demo's one message, in a queue of its own.
const demoID = "demo"

// lifeline prints the steps of the message from the logs of those it passes.
type lifeline struct {
	start time.Time

	mu    sync.Mutex
	out   io.Writer // guarded by mu
	other string    // guarded by mu: the last line that was no step
	// put tells that the sender has said so; what the monitor said before that
	// is held back, as the two are read side by side. Guarded by mu.
	put  bool
	held []string
}

// demoSteps say of each step what it means, for those who log it.
var (
	senderSteps  = map[string]string{"put": "the sender has put its message into the inbox"}
	monitorSteps = map[string]string{
		"attending": "a monitor attends the queue",
		"claimed":   "the monitor has claimed the message",
		"shown":     "it is shown",
		"answered":  "the reply is in the outbox",
	}
)

// follow prints the steps that a program logs on stderr; the channel is closed
// at the first of them.
func (l *lifeline) follow(command *exec.Cmd, steps map[string]string) <-chan struct{} {
	begun := make(chan struct{})
	first := sync.OnceFunc(func() { close(begun) })
	command.Stderr = &lineWriter{line: func(line string) {
		l.mu.Lock()
		defer l.mu.Unlock()
		entry := parseLog(line)
		text, known := steps[entry.step]
		switch {
		case !known:
			l.other = line
		case entry.id == "" || entry.id == demoID:
			l.tell(entry, fmt.Sprintf("  %7.3f s  %-10s %s\n", entry.at.Sub(l.start).Seconds(), entry.step, text))
			first()
		}
	}}
	return begun
}

// tell prints a step, in its turn. The caller holds mu.
func (l *lifeline) tell(entry logEntry, line string) {
	l.put = l.put || entry.step == "put"
	if entry.id != "" && !l.put {
		l.held = append(l.held, line)
		return
	}
	fmt.Fprint(l.out, line, strings.Join(l.held, ""))
	l.held = nil
}

// last is what a program said besides, for an error message.
func (l *lifeline) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.other == "" {
		return "it said nothing"
	}
	return strings.TrimPrefix(strings.TrimPrefix(l.other, "deskbell: "), "monitor: ")
}

type logEntry struct {
	step, id string
	at       time.Time
}

// parseLog reads a line that slog's text handler wrote.
func parseLog(line string) (entry logEntry) {
	for word := range strings.FieldsSeq(line) {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "msg":
			entry.step = value
		case "id":
			entry.id = value
		case "time":
			if t, err := time.Parse(time.RFC3339, value); err == nil {
				entry.at = t
			}
		}
	}
	return entry
}

// lineWriter hands on whole lines.
type lineWriter struct {
	rest []byte
	line func(string)
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		w.line(strings.TrimRight(string(line), "\r"))
		w.rest = rest
	}
}

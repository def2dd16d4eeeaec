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
	"time"

	"github.com/spf13/cobra"

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
	command.RunE = func(command *cobra.Command, _ []string) error {
		dir, err := os.MkdirTemp("", "deskbell-demo-*")
		if err != nil {
			return err
		}
		s, err := c.chooseStage(command.Context(), spec, dir)
		if err == nil {
			err = errors.Join(c.perform(command.Context(), s, dir), s.close())
		}
		return errors.Join(err, os.RemoveAll(dir))
	}
	return command
}

// chooseStage takes the best that the machine has.
func (c *call) chooseStage(ctx context.Context, spec, dir string) (stage, error) {
	nothing := func() error { return nil }
	switch {
	case spec != "":
		return stage{name: "what --ui names", ui: absolute(spec), close: nothing}, nil
	case session.Interactive():
		return stage{name: "your screen", ui: "auto", close: nothing}, nil
	}
	s, err := virtualScreen(ctx)
	if err == nil {
		return s, nil
	}
	fmt.Fprintf(c.stderr, "No display, and none made: %v.\n", err)
	if isTerminal(os.Stdin) && isTerminal(os.Stdout) {
		return stage{name: "this terminal", ui: "tty", close: nothing}, nil
	}
	script := filepath.Join(dir, "script")
	err = os.WriteFile(script, []byte(`{"button":"Yes","after":"300ms"}`+"\n"), 0o600)
	return stage{name: "no screen and no terminal: a scripted user", ui: "script:" + script, close: nothing}, err
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
	attending, err := life.follow(monitor, "attending")
	if err != nil {
		return err
	}
	if err := monitor.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- monitor.Wait() }()
	select {
	case <-attending:
	case err := <-ended:
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
		"--icon", "question", "--timeout", "1m", "--launch", "never", "--json", "--debug")
	if _, err := life.follow(ask, "put"); err != nil {
		return err
	}
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
	fmt.Fprintf(c.stdout, "The sender has its answer: %s, button %d %q, by %s; its exit status is %d.\n", r.Outcome, r.Button, r.Choice, r.Channel, r.Exit)
	if r.Status == "" || r.Error != "" {
		return fmt.Errorf("the question was not answered: %s", r.Error)
	}
	return nil
}

// ignoreExit leaves out that a program ended with a status of its own.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// lifeline prints the steps of a message from the logs of those it passes.
type lifeline struct {
	out   io.Writer
	start time.Time
	lines chan string // the last line that was no step
}

// steps of a message's life, with what to say of them.
var demoSteps = map[string]string{
	"attending": "a monitor attends the queue",
	"put":       "the sender has put its message into the inbox",
	"claimed":   "the monitor has claimed it",
	"shown":     "it is shown",
	"answered":  "the reply is in the outbox",
}

// follow prints the steps that a program logs on stderr; the channel is closed
// at the first that is named.
func (l *lifeline) follow(command *exec.Cmd, until string) (<-chan struct{}, error) {
	reached := make(chan struct{})
	if l.lines == nil {
		l.lines = make(chan string, 1)
	}
	writer := &lineWriter{line: func(line string) {
		step, at := parseLog(line)
		text, known := demoSteps[step]
		switch {
		case step == until:
			defer func() {
				select {
				case <-reached:
				default:
					close(reached)
				}
			}()
		case until == "put":
			return // the monitor tells the rest
		case !known:
			l.keep(line)
			return
		}
		fmt.Fprintf(l.out, "  %7.3f s  %-10s %s\n", at.Sub(l.start).Seconds(), step, text)
	}}
	command.Stderr = writer
	return reached, nil
}

// keep remembers a line for an error message.
func (l *lifeline) keep(line string) {
	select {
	case <-l.lines:
	default:
	}
	l.lines <- line
}

func (l *lifeline) last() string {
	select {
	case line := <-l.lines:
		return line
	default:
		return "it said nothing"
	}
}

// parseLog reads step and time of a line that slog's text handler wrote.
func parseLog(line string) (step string, at time.Time) {
	for word := range strings.FieldsSeq(line) {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "msg":
			step = strings.Trim(value, `"`)
		case "time":
			if t, err := time.Parse(time.RFC3339, value); err == nil {
				at = t
			}
		}
	}
	return step, at
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

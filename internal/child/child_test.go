package child

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// generous is a deadline that only a failure reaches.
const generous = 20 * time.Second

// actEnv makes the test binary play a child.
const actEnv = "CHILD_TEST_ACT"

func TestMain(m *testing.M) {
	if act := os.Getenv(actEnv); act != "" {
		os.Exit(play(act))
	}
	os.Exit(m.Run())
}

func play(act string) int {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 8<<20)
	switch act {
	case "echo": // the last line before the end of its input
		last := ""
		for in.Scan() {
			last = in.Text()
		}
		fmt.Println(last)
	case "first":
		in.Scan()
		fmt.Println(in.Text())
	case "unended":
		fmt.Print(`{"a":1}`)
	case "chatty":
		fmt.Println("the answer")
		noise := bytes.Repeat([]byte("x"), 1<<16)
		for range 64 {
			os.Stdout.Write(noise)
			os.Stderr.Write(noise)
		}
	case "endless":
		noise := bytes.Repeat([]byte("x"), 1<<16)
		for {
			if _, err := os.Stdout.Write(noise); err != nil {
				return 0
			}
		}
	case "silent":
	case "fail":
		fmt.Fprint(os.Stderr, strings.Repeat("early ", 5000), "the\nreason")
		return 7
	case "hang":
		fmt.Fprintln(os.Stderr, "up")
		hang()
	case "parent": // starts one that hangs, says its pid, and hangs as well
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), actEnv+"=hang")
		c.Stdout = os.Stdout
		if err := c.Start(); err != nil {
			return 1
		}
		fmt.Println(c.Process.Pid)
		hang()
	case "pid": // says its pid, and hangs
		fmt.Println(os.Getpid())
		hang()
	case "starter", "bound": // starts one of those as this package does, and hangs
		p, err := Start(context.Background(), Command{Path: os.Args[0], Env: append(os.Environ(), actEnv+"=pid"), Bound: act == "bound"})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		pid, err := p.Line()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		fmt.Printf("%s\n", pid)
		hang()
	case "orphan": // ends, and leaves one behind that holds its output open
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), actEnv+"=until-input-ends")
		c.Stdin, c.Stdout = os.Stdin, os.Stdout
		if err := c.Start(); err != nil {
			return 1
		}
		fmt.Println("done")
	case "until-input-ends":
		for in.Scan() {
		}
	default:
		return 99
	}
	return 0
}

// hang ends by being killed alone. It waits for a signal, as the runtime ends a
// program in which nothing is waited for.
func hang() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals)
	for range signals {
	}
}

func begin(t *testing.T, act string, grace time.Duration) (*Process, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), generous)
	t.Cleanup(cancel)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(ctx, Command{Path: self, Env: append(os.Environ(), actEnv+"="+act), Grace: grace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = p.Wait() })
	return p, cancel
}

func TestLine(t *testing.T) {
	p, _ := begin(t, "first", 0)
	p.Send([]byte(`{"question":"?"}`))
	data, err := p.Line()
	if err != nil || string(data) != `{"question":"?"}` {
		t.Fatalf("Line = %q, %v", data, err)
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestLineWithoutNewline(t *testing.T) {
	p, _ := begin(t, "unended", 0)
	if data, err := p.Line(); err != nil || string(data) != `{"a":1}` {
		t.Fatalf("Line = %q, %v", data, err)
	}
}

func TestLastLineSentIsTaken(t *testing.T) {
	p, _ := begin(t, "echo", 0)
	for i := range 1000 {
		p.Send(fmt.Appendf(nil, "%d", i))
	}
	p.CloseInput()
	if data, err := p.Line(); err != nil || string(data) != "999" {
		t.Fatalf("Line = %q, %v", data, err)
	}
}

func TestSendDoesNotBlock(t *testing.T) {
	p, cancel := begin(t, "hang", 0)
	for range 100 {
		p.Send(bytes.Repeat([]byte("x"), 1<<20))
	}
	cancel()
	if err := p.Wait(); err == nil {
		t.Fatal("a killed child ended well")
	}
}

func TestOutputAfterTheLineIsDiscarded(t *testing.T) {
	p, _ := begin(t, "chatty", 0)
	if data, err := p.Line(); err != nil || string(data) != "the answer" {
		t.Fatalf("Line = %q, %v", data, err)
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestEndlessLine(t *testing.T) {
	p, _ := begin(t, "endless", generous)
	if data, err := p.Line(); !errors.Is(err, ErrTooLong) || data != nil {
		t.Fatalf("Line = %d bytes, %v", len(data), err)
	}
}

func TestEndWithoutLine(t *testing.T) {
	p, _ := begin(t, "silent", 0)
	if _, err := p.Line(); !errors.Is(err, ErrNoLine) {
		t.Fatalf("error %v", err)
	}
}

func TestFailure(t *testing.T) {
	p, _ := begin(t, "fail", 0)
	_, err := p.Line()
	var exit *ExitError
	if !errors.As(err, &exit) || exit.Code != 7 || !errors.Is(err, ErrNoLine) {
		t.Fatalf("error %v", err)
	}
	if !strings.HasSuffix(exit.Stderr, "early the reason") || len(exit.Stderr) > maxTail {
		t.Fatalf("standard error %q", exit.Stderr)
	}
}

func TestCancelEndsInput(t *testing.T) {
	p, cancel := begin(t, "echo", generous)
	cancel()
	if err := p.Wait(); err != nil {
		t.Fatalf("a child that ended with its input was killed: %v", err)
	}
}

func TestCancelKillsWhatHangs(t *testing.T) {
	p, cancel := begin(t, "hang", time.Millisecond)
	cancel()
	var exit *ExitError
	if err := p.Wait(); !errors.As(err, &exit) {
		t.Fatalf("error %v", err)
	}
	if _, err := p.Line(); !errors.Is(err, ErrNoLine) {
		t.Fatalf("error %v", err)
	}
}

// The pipe that the grandchild inherited ends when it does: Wait would take
// pipeDelay and then some if the group were not killed with the child.
func TestCancelKillsGrandchildren(t *testing.T) {
	p, cancel := begin(t, "parent", 0)
	data, err := p.Line()
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := p.Wait(); err == nil {
		t.Fatal("a killed child ended well")
	}
	waitGone(t, strings.TrimSpace(string(data)))
}

func TestOutputHeldOpen(t *testing.T) {
	p, _ := begin(t, "orphan", 0)
	if data, err := p.Line(); err != nil || string(data) != "done" {
		t.Fatalf("Line = %q, %v", data, err)
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		" a\n\tb \r\n":                        "a b",
		"n\x00o\x00 \x00d\x00i\x00s\x00k\x00": "no disk",
		"\x1b[31mred\a":                       "[31mred",
		"\xff\xfe":                            "?",
		"\x00":                                "",
	} {
		if got := OneLine(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestStartOfNothing(t *testing.T) {
	_, err := Start(t.Context(), Command{Path: filepath.Join(t.TempDir(), "nothing")})
	if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, exec.ErrNotFound) {
		t.Fatalf("error %v", err)
	}
}

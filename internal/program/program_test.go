package program

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/internal/process"
)

// asEnv makes the test binary a program that somebody has open: "obedient" or
// "stubborn".
const asEnv = "DESKBELL_TEST_AS"

func TestMain(m *testing.M) {
	if as := os.Getenv(asEnv); as != "" {
		os.Exit(be(as))
	}
	os.Exit(m.Run())
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// started is a program that runs.
type started struct {
	id   process.ID
	path string
	gone chan error
}

// start runs a copy of this program under a name of its own until the test ends,
// and returns once it can be closed.
func start(t *testing.T, as string, args ...string) started {
	t.Helper()
	self, err := os.Executable()
	check(t, err)
	path := filepath.Join(t.TempDir(), "acme-"+as+filepath.Ext(self))
	in, err := os.Open(self)
	check(t, err)
	defer in.Close()
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o700)
	check(t, err)
	_, err = io.Copy(out, in)
	check(t, err)
	check(t, out.Close())
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), asEnv+"="+as)
	stdout, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	s := started{path: path, gone: make(chan error, 1)}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() { s.gone <- cmd.Wait(); close(s.gone) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		<-s.gone
	})
	if err != nil || strings.TrimSpace(line) != "ready" {
		t.Fatalf("%s says %q, %v", as, line, err)
	}
	s.id, err = process.Of(cmd.Process.Pid)
	check(t, err)
	return s
}

func list(t *testing.T, patterns ...string) []Program {
	t.Helper()
	p, err := Parse(patterns)
	check(t, err)
	programs, err := p.List()
	check(t, err)
	return programs
}

// only is the one program of a list that is meant.
func only(t *testing.T, s started, patterns ...string) Program {
	t.Helper()
	for _, p := range list(t, patterns...) {
		if p.ID == s.id {
			return p
		}
	}
	t.Fatalf("%v do not find it", patterns)
	return Program{}
}

func TestList(t *testing.T) {
	s := start(t, "obedient", "a file", `with "quotes"`)
	base := filepath.Base(s.path)
	for _, pattern := range []string{base, s.path, "acme-obed*", filepath.Join(filepath.Dir(s.path), "*")} {
		p := only(t, s, pattern)
		if p.Image != s.path && runtime.GOOS == "linux" || !strings.EqualFold(p.Image, s.path) || p.UID == "" ||
			len(p.Args) != 3 || p.Args[1] != "a file" || p.Args[2] != `with "quotes"` || p.Name == "" {
			t.Errorf("%s finds %+v", pattern, p)
		}
	}
	for _, pattern := range []string{"acme", "obedient", "acme-obedien", filepath.Join(filepath.Dir(s.path), "other*")} {
		for _, p := range list(t, pattern) {
			if p.ID == s.id {
				t.Errorf("%s finds it", pattern)
			}
		}
	}
	for _, pattern := range []string{"", "[", "a[b"} {
		if _, err := Parse([]string{pattern}); err == nil {
			t.Errorf("%q is taken", pattern)
		}
	}
}

func TestClose(t *testing.T) {
	s := start(t, "obedient")
	p := only(t, s, s.path)
	check(t, Close(p))
	wait(t, s)
	check(t, Close(p)) // it has ended
	check(t, End(t.Context(), p))
}

// Who does not want to close is not closed, but by force.
func TestEnd(t *testing.T) {
	s := start(t, "stubborn")
	p := only(t, s, s.path)
	check(t, Close(p))
	other := p
	other.UID = "somebody else"
	if err := End(t.Context(), other); err == nil || !p.Running() {
		t.Fatalf("of somebody else's: %v, running %v", err, p.Running())
	}
	check(t, End(t.Context(), p))
	wait(t, s)
	if len(list(t, s.path)) != 0 {
		t.Error("it is still listed")
	}
}

// A process that has the pid of one that was listed is left alone.
func TestCloseOfAnother(t *testing.T) {
	s := start(t, "obedient")
	p := only(t, s, s.path)
	p.Started = "1"
	check(t, Close(p))
	check(t, End(t.Context(), p))
	if !s.id.Running() {
		t.Error("it was ended")
	}
}

func wait(t *testing.T, s started) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	check(t, process.Wait(ctx, s.id))
}

//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// Programs that a stage cannot do without.
var (
	race     = []string{"gcc"}
	sessions = []string{"nsenter", "setpriv", "busctl", "useradd", "xauth", "xterm"}
	display  = []string{"Xvfb", "openbox", "xdotool", "xprop", "import", "zenity"}
	wine     = []string{"wine", "wineserver", "x86_64-w64-mingw32-gcc"}
)

type suite struct {
	units        []string // packages with tests that need no bed
	windowsUnits []string // the same for Windows
	temp         string
	winexec      string // runs a Windows program in a Wine prefix of its own
	overlay      string // what Go's library needs to run under Wine

	mu      sync.Mutex // guards what follows, and the output
	results []result
}

type result struct {
	stage string
	took  time.Duration
	// outcome is "ok", "FAILED", what was missing, or why no installing helps.
	outcome string
}

func newSuite() (*suite, error) {
	s := &suite{}
	var err error
	if s.units, err = units("linux"); err != nil {
		return nil, err
	}
	if s.windowsUnits, err = units("windows"); err != nil {
		return nil, err
	}
	if s.temp, err = os.MkdirTemp("", "deskbell-suite-"); err != nil {
		return nil, err
	}
	s.winexec = filepath.Join(s.temp, "winexec")
	s.overlay = filepath.Join(s.temp, "overlay.json")
	return s, nil
}

// units lists the packages for a system whose tests need no bed.
func units(system string) ([]string, error) {
	list := exec.Command("go", "list", "./...")
	list.Env = append(os.Environ(), "GOOS="+system)
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages for %s: %w", system, err)
	}
	var packages []string
	for p := range strings.Lines(string(out)) {
		if p = strings.TrimSpace(p); !strings.Contains(p, "/deskbell/test/") {
			packages = append(packages, p)
		}
	}
	return packages, nil
}

func (s *suite) close() {
	if err := os.RemoveAll(s.temp); err != nil {
		fmt.Println(err)
	}
}

// linux is the lane of what runs here.
func (s *suite) linux(ctx context.Context) {
	s.stage(ctx, "lint", nil, run1("make", "--no-print-directory", "lint"))
	unit := goTest(append([]string{"-race"}, s.units...)...)
	unit.Env = []string{"CGO_ENABLED=1"}
	s.stage(ctx, "linux", append(race, display...), unit)
	s.stage(ctx, "binary", nil, goTest("./test/binary"))
	s.stage(ctx, "soak", display, goTest("./test/soak"))
	if why := bed.NoSystemd(); why != "" {
		s.done(result{stage: "systemd", outcome: "not possible here: " + why}, nil)
		return
	}
	s.stage(ctx, "systemd", append(sessions, display...), goTest("./test/systemd"))
}

// windows is the lane of what runs under Wine, and of what has windows: two of
// those at a time would measure each other.
func (s *suite) windows(ctx context.Context) {
	prepared := s.stage(ctx, "prefix", wine, run1("go", "build", "-o", s.winexec, "./test/winexec"), run1(s.winexec, "-prepare", s.overlay))
	if prepared {
		s.stage(ctx, "service", append(wine, display...), goTest("./test/wine"))
		unit := goTest(append([]string{"-p", "2", "-overlay", s.overlay, "-exec", s.winexec}, s.windowsUnits...)...)
		unit.Env = []string{"GOOS=windows", "GOARCH=amd64"}
		s.stage(ctx, "windows", wine, unit)
		kills := goTest("-overlay", s.overlay, "-exec", s.winexec, "./test/soak")
		kills.Env = unit.Env
		s.stage(ctx, "kills", wine, kills)
	}
	s.stage(ctx, "foreign", slices.Concat(wine, display, []string{"gcc", "jq", "perl", "python3", "node"}), goTest("./test/foreign"))
	s.stage(ctx, "screen", append(wine, display...), goTest("./test/screen"))
}

// command is one step of a stage.
type command struct {
	Args, Env []string
}

func run1(args ...string) command { return command{Args: args} }

// goTest tests packages; every time, as what they test was built apart from them.
func goTest(args ...string) command {
	return run1(append([]string{"go", "test", "-count=1", "-timeout=25m"}, args...)...)
}

// stage runs commands one after the other, unless one of the programs they need
// is missing, and prints what they said when they have ended. It reports
// whether all succeeded. What they leave running in the background cannot keep
// our output open: they write to us, not to where we write.
func (s *suite) stage(ctx context.Context, name string, needs []string, commands ...command) bool {
	for _, program := range needs {
		if _, err := exec.LookPath(program); err != nil {
			s.done(result{stage: name, outcome: "left out: no " + program}, nil)
			return false
		}
	}
	start := time.Now()
	var said bytes.Buffer
	var err error
	for _, c := range commands {
		cmd := exec.CommandContext(ctx, c.Args[0], c.Args[1:]...)
		cmd.Env = append(os.Environ(), c.Env...)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 30 * time.Second
		cmd.Stdout, cmd.Stderr = &said, &said
		if err = cmd.Run(); err != nil {
			fmt.Fprintf(&said, "%s: %v\n", c.Args[0], err)
			break
		}
	}
	r := result{stage: name, took: time.Since(start), outcome: "ok"}
	if err != nil {
		r.outcome = "FAILED"
	}
	s.done(r, said.Bytes())
	return err == nil
}

func (s *suite) done(r result, said []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results = append(s.results, r)
	fmt.Printf("== %s: %s (%.1f s)\n", r.stage, r.outcome, r.took.Seconds())
	for line := range bytes.Lines(said) {
		if !bytes.Contains(line, []byte("[no test files]")) {
			os.Stdout.Write(line)
		}
	}
}

func (s *suite) summary(took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Printf("== all stages, %.0f s\n", took.Seconds())
	for _, r := range s.results {
		fmt.Printf("   %-8s %6.1f s  %s\n", r.stage, r.took.Seconds(), r.outcome)
	}
	if shots, err := os.ReadDir(bed.Screens()); err == nil {
		fmt.Printf("   %d screenshots to look at in build/screens\n", len(shots))
	}
}

// good reports whether nothing failed and, where everything has to run, nothing
// was left out that is possible there: a container may not have the right to
// make namespaces.
func (s *suite) good() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	strict := os.Getuid() == 0 || os.Getenv("CI") == "true"
	for _, r := range s.results {
		if r.outcome == "FAILED" || strict && strings.HasPrefix(r.outcome, "left out") {
			return false
		}
	}
	return true
}

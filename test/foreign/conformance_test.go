//go:build linux

package foreign

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// conforms runs the kit and wants nothing but "ok"; skipped are the numbers of
// what cannot be tried in this way, and no more than these may be skipped.
func conforms(t *testing.T, kit *exec.Cmd, skipped ...string) {
	t.Helper()
	said, status := run(t, kit)
	if status != 0 {
		t.Errorf("exit %d: %s", status, faulty.ReplaceAllString(said, ""))
	}
	var missed []string
	for _, line := range skips.FindAllStringSubmatch(said, -1) {
		missed = append(missed, line[1])
	}
	if got, want := strings.Join(missed, " "), strings.Join(skipped, " "); got != want {
		t.Errorf("not tried: %s, want %s", got, want)
	}
	if !strings.HasPrefix(said, "TAP version 14") {
		t.Errorf("it is no TAP: %s", said)
	}
}

var (
	// faulty is what conforms, which need not be shown.
	faulty = regexp.MustCompile(`(?m)^ok .*\r?\n`)
	skips  = regexp.MustCompile(`(?m)^ok \d+ - section (\S+):.* # SKIP `)
)

// Our own sender and monitor, and every example that runs here.
func TestConformanceOnLinux(t *testing.T) {
	t.Parallel()
	dir, bin := t.TempDir(), t.TempDir()
	deskbell := bed.Build("deskbell")
	path := func(name string) string { return filepath.Join(bed.Root(), "examples", name) }
	compile(t, "gcc", "-O2", "-o", bin+"/ask", path("c/ask_linux.c"))
	compile(t, "go", "build", "-o", bin+"/go-ask", path("go"))
	kit := func(args ...string) *exec.Cmd {
		cmd := exec.Command(deskbell, append([]string{"conformance"}, args...)...)
		cmd.Env = environment(dir)
		return cmd
	}
	for name, sender := range map[string][]string{
		"deskbell":            {deskbell, "ask", "Install?", "--button", "Now", "--button", "Later", "--queue", "{queue}", "--within", "{seconds}s"},
		"deskbell input":      {deskbell, "input", "Your name?", "--queue", "{queue}", "--within", "{seconds}s"},
		"deskbell choose":     {deskbell, "choose", "Which?", "One", "Two", "--multiple", "--queue", "{queue}", "--within", "{seconds}s"},
		"docs/protocol.md":    {"sh", senderOfThePage(t), "{queue}", "{seconds}"},
		"sh/ask.sh":           {"sh", path("sh/ask.sh"), "{queue}", "{seconds}"},
		"sh/ask-jq.sh":        {"sh", path("sh/ask-jq.sh"), "{queue}", "{seconds}", "Install?", "Now", "Later"},
		"perl/ask.pl":         {"perl", path("perl/ask.pl"), "{queue}", "{seconds}"},
		"python/ask_linux.py": {"/usr/bin/python3", path("python/ask_linux.py"), "{queue}", "{seconds}"},
		"node/ask.js":         {"node", path("node/ask.js"), "{queue}", "{seconds}"},
		"c/ask_linux.c":       {bin + "/ask", "{queue}", "{seconds}"},
		"go":                  {bin + "/go-ask", "{queue}", "{seconds}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conforms(t, kit(append([]string{"sender", "--"}, sender...)...))
		})
	}
	t.Run("monitor", func(t *testing.T) {
		t.Parallel()
		user := script(t, output(t, kit("person")))
		conforms(t, kit("monitor", "--", deskbell, "monitor", "--foreground", "--queue", "{queue}", "--ui", "script:"+user))
	})
}

// senderOfThePage is the sender in ten lines that docs/protocol.md shows.
func senderOfThePage(t *testing.T) (file string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(bed.Root(), "docs", "protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "\n```sh\n")
	text, _, found := strings.Cut(text, "```\n")
	if lines := strings.Count(text, "\n"); !found || lines != 10 {
		t.Fatalf("docs/protocol.md shows a sender of %d lines, want 10", lines)
	}
	return script(t, text)
}

// The same on Windows, in one Wine one after the other, and the monitor for
// older Windows.
func TestConformanceOnWindows(t *testing.T) {
	t.Parallel()
	desktop := bed.NewDisplay(t)
	windows := bed.NewWine(t, desktop, nil)
	folder := t.TempDir()
	deskbell := bed.Path(bed.Build("deskbell.exe"))
	file := func(name string) string { return bed.Path(filepath.Join(bed.Root(), name)) }
	compile(t, "x86_64-w64-mingw32-gcc", "-Os", "-s", "-o", folder+"/ask.exe",
		filepath.Join(bed.Root(), "examples/c/ask_windows.c"), "-ladvapi32")
	compile(t, "env", "GOOS=windows", "GOARCH=amd64", "go", "build", "-o", folder+"/go-ask.exe", filepath.Join(bed.Root(), "examples/go"))
	kit := func(args ...string) *exec.Cmd {
		return windows.Command(bed.Build("deskbell.exe"), append([]string{"conformance"}, args...)...)
	}
	for _, sender := range []struct {
		name    string
		command []string
	}{
		{"deskbell", []string{deskbell, "ask", "Install?", "--button", "Now", "--button", "Later", "--queue", "{queue}", "--within", "{seconds}s"}},
		{"vbscript/ask.vbs", []string{"cscript", "//nologo", file("examples/vbscript/ask.vbs"), "{queue}", "{seconds}"}},
		{"batch/ask.cmd", []string{"cmd", "/c", file("examples/batch/ask.cmd"), "{queue}", "{seconds}"}},
		{"c/ask_windows.c", []string{bed.Path(folder + "/ask.exe"), "{queue}", "{seconds}"}},
		{"go", []string{bed.Path(folder + "/go-ask.exe"), "{queue}", "{seconds}"}},
	} {
		t.Run(sender.name, func(t *testing.T) {
			conforms(t, kit(append([]string{"sender", "--"}, sender.command...)...), "3.46", "4.19")
		})
	}
	t.Run("monitor", func(t *testing.T) {
		user := filepath.Join(folder, "person")
		if err := os.WriteFile(user, []byte(output(t, kit("person"))), 0o600); err != nil {
			t.Fatal(err)
		}
		conforms(t, kit("monitor", "--", deskbell, "monitor", "--foreground", "--queue", "{queue}", "--ui", "script:"+bed.Path(user)),
			"1.2", "3.6", "6.1")
	})
}

// The monitor for older Windows, in its own windows, for the kinds that it has;
// Wine's Windows Script has no input box.
func TestConformanceOfMonitorInVBScript(t *testing.T) {
	t.Parallel()
	v := newVBScript(t)
	v.start("/DEBUG", "/MONITOR")
	kit := v.windows.Command(bed.Build("deskbell.exe"), "conformance", "monitor", "--queue", v.queue,
		"--kinds", "popup,notify,control", "--stop", "--patience", "20s", "--known", strings.Join(knownOfVBScript, ","))
	said, status := atTheScreen(t, v.desktop, kit)
	if status != 0 {
		v.desktop.Shot("vbscript-conformance")
		t.Errorf("exit %d: %s\nwindows at the end: %q", status, faulty.ReplaceAllString(said, ""), v.desktop.Titles())
	}
}

// knownOfVBScript is what a script cannot do, as legacy/vbscript/README.md says
// (3.28, 4.10), and what Wine cannot: its RegRead expands REG_EXPAND_SZ (3.5, 4.9),
// and it does not tell when a process was started (5.1, 5.2).
var knownOfVBScript = []string{"3.5", "3.28", "4.9", "4.10", "5.1", "5.2"}

// standard are the keys for the buttons of a message box.
var standard = map[string][]string{
	`Press "OK"`: {"Return"}, `Press "Cancel"`: {"Escape"}, `Press "Ignore"`: {"Tab", "Tab", "Return"},
	`Press "No"`: {"Tab", "Return"}, `Press "Yes"`: {"Return"}, `Press "Retry"`: {"Return"},
	`Press "Continue"`: {"Tab", "Tab", "Return"}, "Press the second button": {"Tab", "Return"},
	`Press "%OS%"`: {"Return"}, `Press "Windows_NT"`: {"Return"}, `Press "Zwei"`: {"Tab", "Return"}, "There is nothing to do": {"Return"}, "Do nothing": nil,
	"Close this window without a button": {"Escape"}, "Tick the box and press OK": {"Return"}, "Leave the box empty and press OK": {"Return"},
}

// atTheScreen runs the kit and does what the windows say until it has ended.
func atTheScreen(t *testing.T, desktop *bed.Display, kit *exec.Cmd) (said string, status int) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "tap"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	kit.Stdout, kit.Stderr = out, out
	if err := kit.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = kit.Wait() // its status is in ProcessState
	}()
	defer func() {
		_ = kit.Process.Kill() // it may have ended
		<-ended
	}()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	const longest = 20 * time.Minute
	end := time.After(longest)
	since := map[string]time.Time{} // by title: from when on a window is there
	// By title, of those that have two: how the one that is there looked last, and
	// how the first looks. A key may come too early for either, and comes again.
	looked, firsts := map[string]string{}, map[string]string{}
	for {
		select {
		case <-ended:
			text, err := os.ReadFile(out.Name())
			if err != nil {
				t.Fatal(err)
			}
			return string(text), kit.ProcessState.ExitCode()
		case <-end:
			t.Fatalf("the kit has not ended within %v", longest)
		case <-look.C:
		}
		titles := desktop.Titles()
		for title, keys := range standard {
			if !slices.Contains(titles, title) {
				delete(since, title)
				continue
			}
			if since[title].IsZero() {
				since[title] = time.Now()
			} else if time.Since(since[title]) > 10*time.Second {
				keys = []string{"Return"} // as the text of a window says that does not close
			}
			if len(keys) == 0 {
				continue
			}
			if second, two := ticks[title]; two { // its tick box is a second window, of the same title and number
				now, before := looks(desktop, title), looked[title]
				if looked[title] = now; now == "" || now != before {
					continue // it is on its way
				}
				if first, known := firsts[title]; !known {
					firsts[title] = now
				} else if now != first {
					keys = second
				}
			}
			desktop.Window(title).Keys(keys...)
		}
	}
}

// looks is where a window is and how large, "" where there is none.
func looks(desktop *bed.Display, title string) string {
	out, _ := desktop.Command("xdotool", "search", "--onlyvisible", "--name", "^"+regexp.QuoteMeta(title)+"$", "getwindowgeometry").Output()
	return string(out)
}

var ticks = map[string][]string{"Tick the box and press OK": {"Return"}, "Leave the box empty and press OK": {"Tab", "Return"}}

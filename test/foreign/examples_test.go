//go:build linux

package foreign

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// Queues of the examples: what one asks in the first is answered, in the second
// it never is, and nobody attends the third.
const (
	answering = "answering"
	sleeping  = "sleeping"
	deserted  = "deserted"
)

// sleeper is who attends the second and wakes up only for another question.
const sleeper = `
{"match":"Install the update now","button":"Now","after":"24h"}
{"match":"Are you awake","button":"Yes"}
`

// example is one of examples/, by how it is run.
type example struct {
	name    string
	command []string
	more    []string // arguments behind queue and seconds
	// late is its exit status where there was no answer in time.
	late int
	// nobody is its exit status where nobody attends; 0: it starts a monitor then.
	nobody int
}

// what an example does in each of the three queues.
func (e example) test(t *testing.T, run func(queue, seconds string) (said string, status int)) {
	t.Helper()
	if said, status := run(answering, "60"); status != 0 || said != answered {
		t.Errorf("asks, and exits with %d: %q, want %q", status, said, answered)
	}
	if said, status := run(sleeping, "1"); status != e.late || strings.Contains(said, "Now") {
		t.Errorf("without an answer it exits with %d, want %d: %q", status, e.late, said)
	}
	if e.nobody == 0 {
		return
	}
	if said, status := run(deserted, "60"); status != e.nobody || !strings.Contains(said, "nobody attends") {
		t.Errorf("where nobody attends it exits with %d, want %d: %q", status, e.nobody, said)
	}
}

func TestExamplesOnLinux(t *testing.T) {
	t.Parallel()
	dir, bin := t.TempDir(), t.TempDir()
	path := func(name string) string { return filepath.Join(bed.Root(), "examples", name) }
	compile(t, "gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-o", bin+"/ask", path("c/ask_linux.c"))
	compile(t, "gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-o", bin+"/command", path("command/ask.c"))
	compile(t, "go", "build", "-o", bin+"/go-ask", path("go"))
	compile(t, "go", "build", "-o", bin+"/go-command", path("command/go"))
	command := func(args ...string) *exec.Cmd {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(environment(dir), "PATH="+filepath.Dir(bed.Build("deskbell"))+":"+os.Getenv("PATH"))
		return cmd
	}
	attend(t, linuxMonitor(dir, answering, script(t, person)))
	attend(t, linuxMonitor(dir, sleeping, script(t, sleeper)))
	for _, queue := range []string{answering, sleeping} {
		attended(t, func() *exec.Cmd { return command(bed.Build("deskbell"), "status", "--queue", queue) })
	}

	t.Run("each", func(t *testing.T) {
		for _, e := range []example{
			{name: "sh/ask.sh", command: []string{"sh", path("sh/ask.sh")}, late: 5, nobody: 69},
			{name: "sh/ask-jq.sh", command: []string{"sh", path("sh/ask-jq.sh")}, more: []string{"Install the update now?", "Now", "Tonight at eight"}, late: 5, nobody: 69},
			{name: "perl/ask.pl", command: []string{"perl", path("perl/ask.pl")}, late: 5, nobody: 69},
			{name: "python/ask_linux.py", command: []string{"/usr/bin/python3", path("python/ask_linux.py")}, late: 5, nobody: 69},
			{name: "node/ask.js", command: []string{"node", path("node/ask.js")}, late: 5, nobody: 69},
			{name: "c/ask_linux.c", command: []string{bin + "/ask"}, late: 5, nobody: 69},
			{name: "go", command: []string{bin + "/go-ask"}, late: 5, nobody: 69},
			{name: "command/ask.sh", command: []string{"sh", path("command/ask.sh")}, late: 5},
			{name: "command/ask.pl", command: []string{"perl", path("command/ask.pl")}, late: 75},
			{name: "command/ask.py", command: []string{"/usr/bin/python3", path("command/ask.py")}, late: 75},
			{name: "command/ask.js", command: []string{"node", path("command/ask.js")}, late: 75},
			{name: "command/ask.c", command: []string{bin + "/command"}, late: 75},
			{name: "command/go", command: []string{bin + "/go-command"}, late: 75},
		} {
			t.Run(e.name, func(t *testing.T) {
				t.Parallel()
				e.test(t, func(queue, seconds string) (string, int) {
					return run(t, command(append(append(e.command, queue, seconds), e.more...)...))
				})
			})
		}
	})

	got := output(t, command("sh", path("sh/ask-jq.sh"), answering, "60", "Please\nsay \"when\" \\ <b>&amp;", "No", `"When", \o/ $HOME`))
	if got != "\"When\", \\o/ $HOME\n" {
		t.Errorf("quotes become %q", got)
	}
	awake(t, command(bed.Build("deskbell"), "ask", "Are you awake?", "--queue", sleeping, "--button", "Yes"))
	for _, box := range []string{answering + "/inbox", answering + "/outbox", sleeping + "/inbox", sleeping + "/outbox"} {
		eventually(t, box+" to be empty", func() bool { return len(files(t, filepath.Join(dir, box))) == 0 })
	}
}

// One Wine for all of them, one after the other: it is slow.
func TestExamplesOnWindows(t *testing.T) {
	t.Parallel()
	windows := bootWine(t)
	folder := t.TempDir()
	file := func(name string) string { return bed.Path(filepath.Join(bed.Root(), "examples", name)) }
	compile(t, "x86_64-w64-mingw32-gcc", "-Wall", "-Werror", "-Os", "-s", "-o", folder+"/ask.exe",
		filepath.Join(bed.Root(), "examples/c/ask_windows.c"), "-ladvapi32")
	compile(t, "env", "GOOS=windows", "GOARCH=amd64", "go", "build", "-o", folder+"/go-ask.exe", filepath.Join(bed.Root(), "examples/go"))
	// Alone in the search path: beside it lies what Wine would take for it.
	if err := os.Symlink(bed.Build("deskbell.exe"), folder+"/deskbell.exe"); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) *exec.Cmd {
		cmd := windows.Command(args[0], args[1:]...)
		cmd.Env = append(cmd.Env, "WINEPATH="+bed.Path(folder))
		return cmd
	}
	for queue, who := range map[string]string{answering: person, sleeping: sleeper} {
		attend(t, command("deskbell.exe", "monitor", "--foreground", "--queue", queue, "--ui", "script:"+bed.Path(script(t, who))))
	}
	for _, queue := range []string{answering, sleeping} {
		attended(t, func() *exec.Cmd { return command("deskbell.exe", "status", "--queue", queue) })
	}

	for _, e := range []example{
		{name: "vbscript/ask.vbs", command: []string{"cscript", "//nologo", file("vbscript/ask.vbs")}, late: 5, nobody: 69},
		{name: "batch/ask.cmd", command: []string{"cmd", "/c", file("batch/ask.cmd")}, late: 5, nobody: 69},
		{name: "c/ask_windows.c", command: []string{bed.Path(folder + "/ask.exe")}, late: 5, nobody: 69},
		{name: "go", command: []string{bed.Path(folder + "/go-ask.exe")}, late: 5, nobody: 69},
		{name: "command/ask.vbs", command: []string{"cscript", "//nologo", file("command/ask.vbs")}, late: 75},
		{name: "command/ask.cmd", command: []string{"cmd", "/c", file("command/ask.cmd")}, late: 75},
	} {
		t.Run(e.name, func(t *testing.T) {
			e.test(t, func(queue, seconds string) (string, int) {
				said, status := run(t, command(append(append(e.command, queue, seconds), e.more...)...))
				return strings.ReplaceAll(said, "\r\n", "\n"), status
			})
		})
	}

	awake(t, command("deskbell.exe", "ask", "Are you awake?", "--queue", sleeping, "--button", "Yes"))
	for _, box := range []string{answering + `\Inbox`, answering + `\Outbox`, sleeping + `\Inbox`, sleeping + `\Outbox`} {
		eventually(t, box+" to be empty", func() bool {
			said, status := run(t, windows.Command("reg.exe", "query", `HKCU\Software\Deskbell\Queues\`+box))
			return status == 0 && !strings.Contains(said, box+`\`)
		})
	}
}

// awake shows that no question is left on the sleeper's screen.
func awake(t *testing.T, ask *exec.Cmd) {
	t.Helper()
	if said := strings.TrimSpace(output(t, ask)); said != "Yes" {
		t.Errorf("after questions that were taken back the next one gets %q", said)
	}
}

// attended waits until status says that somebody attends.
func attended(t *testing.T, status func() *exec.Cmd) {
	t.Helper()
	eventually(t, "a monitor", func() bool {
		_, exit := run(t, status())
		return exit == 0
	})
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	end := time.After(patience)
	for !so() {
		select {
		case <-look.C:
		case <-end:
			t.Fatal("waited in vain for ", what)
		}
	}
}

func compile(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// The table of examples/README.md has every program with its lines, and those
// that are not tested say so; docs/protocol.md has their lines, too.
func TestTableOfExamples(t *testing.T) {
	t.Parallel()
	root := filepath.Join(bed.Root(), "examples")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]int{}     // by file, or folder of a program with several
	untested := map[string]bool{} // those whose heading says so
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if name == "README.md" || strings.HasPrefix(name, "processors/") || strings.HasPrefix(name, "jobs/") {
			return nil
		}
		text, err := os.ReadFile(path)
		if filepath.Ext(name) == ".go" {
			name = filepath.Dir(name) + "/"
		}
		lines[name] += strings.Count(string(text), "\n")
		untested[name] = strings.Contains(string(text), "UNTESTED")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(bed.Root(), "docs", "protocol.md"))
	if err != nil {
		t.Fatal(err)
	}
	counted := regexp.MustCompile("`examples/([^`]+)` \\| (\\d+) \\|").FindAllStringSubmatch(string(page), -1)
	if len(counted) == 0 {
		t.Error("docs/protocol.md has no table of senders")
	}
	for _, row := range counted {
		if row[2] != strconv.Itoa(lines[row[1]]) {
			t.Errorf("docs/protocol.md says that %s has %s lines, it has %d", row[1], row[2], lines[row[1]])
		}
	}
	for name, n := range lines {
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(name) + "` \\| (\\d+) \\|.* (yes|no)[^|]*\\|$").FindStringSubmatch(string(readme))
		if row == nil {
			t.Errorf("README.md has no %s", name)
			continue
		}
		if row[1] != strconv.Itoa(n) {
			t.Errorf("README.md says that %s has %s lines, it has %d", name, row[1], n)
		}
		if (row[2] == "no") != untested[name] {
			t.Errorf("README.md and the heading of %s do not agree whether it is tested", name)
		}
	}
}

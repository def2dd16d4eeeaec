package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	deskbell := func() { os.Exit(run(scriptPrograms(), scriptRights())) }
	testscript.Main(m, map[string]func(){
		"deskbell":  deskbell,
		"deskbellw": deskbell,
		"greet":     greet,
		"late":      greet,
		"broken":    broken,
		"endless":   func() { <-time.After(time.Hour) },
	})
}

// deadline is how long a script waits for what must come.
const deadline = time.Minute

// TestScripts runs testdata/*.txtar on the store of this system, each on a
// queue of its own. Besides testscript's own commands there are
//
//	exits STATUS [<FILE] deskbell ARG…   run it and check its exit status
//	begin NAME [<FILE] deskbell ARG…     start it; < alone is a stdin that does not end
//	ends NAME STATUS                     wait for it; stdout and stderr are then its own
//	interrupt NAME                       press Ctrl-C for it
//	kill-monitor                         kill -9 whoever attends
//	put ID [-half] FIELD=TEXT…           write a message as a script would, \n being a line end
//	withdraw ID                          delete a message
//	inbox [ID…]                          wait until these messages are there and no others
//	outbox [ID…]                         the same for replies and claims
//	replied ID FIELD=REGEXP…             wait for a final reply like this
//	processor NAME                       put a program of ours where processors are
//	forge SESSION NAME                   write down a program of the script as a monitor
//	runs NAME                            check that it has not ended
//	[!] attended                         wait until somebody, or nobody, attends
//	attended-by PROGRAM                  check which program it is that attends
//	logged [!]REGEXP…                    look into the monitors' log file
//	unlogged REGEXP                      nothing like it is in any log file
//	[!] stored REGEXP                    look through every record of the queue
//	unkept REGEXP…                       nothing like it is in the bytes of any ledger
//	told NAME REGEXP                     wait until what was begun has printed it
//	json FILE                            compare stdout with FILE, whatever varies as *
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup:               setUp,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits_, "begin": begin, "ends": ends, "interrupt": interrupt, "kill-monitor": killMonitors,
			"put": put, "withdraw": withdraw, "inbox": inbox, "outbox": outbox, "replied": replied,
			"attended": attended_, "attended-by": attendedBy_, "logged": logged, "unlogged": unlogged, "stored": stored, "json": compareJSON,
			"processor": placeProcessor, "forge": forge, "runs": runs, "unkept": unkept, "told": told,
		},
	})
}

// otherQueue at the end of a script's queue makes a second one.
const otherQueue = "-other"

// programs are those that a script has begun, by name.
type programs map[string]*launched

type launched struct {
	command        *exec.Cmd
	stdout, stderr output
	done           chan struct{}
}

type programsKey struct{}

func setUp(env *testscript.Env) error {
	name := filepath.Base(env.WorkDir)
	queue := fmt.Sprintf("cli-%d-%s", os.Getpid(), strings.TrimPrefix(name, "script-"))
	env.Setenv("DESKBELL_QUEUE", queue)
	env.Setenv("OTHER_QUEUE", queue+otherQueue)
	env.Setenv("DESKBELL_RUNTIME_DIR", filepath.Join(env.WorkDir, "run"))
	env.Setenv("DESKBELL_UI", "script:"+filepath.Join(env.WorkDir, "user"))
	env.Setenv("LANG", "en_US.UTF-8")
	env.Setenv(processorsEnv, filepath.Join(env.WorkDir, "processors"))
	for _, name := range ownDirs {
		env.Setenv(name, filepath.Join(env.WorkDir, "own"))
	}
	started := programs{}
	env.Values[programsKey{}] = started
	store := openStore(env.Getenv)
	env.Defer(func() {
		for _, p := range started {
			p.command.Process.Kill()
			<-p.done
		}
		for _, pid := range attendants(store) {
			if p, err := os.FindProcess(pid); err == nil {
				p.Kill()
			}
		}
		if err := store.remove(); err != nil {
			env.T().Fatal(err)
		}
	})
	return nil
}

// ownDirs are where programs keep what is the user's: logs and autostart.
var ownDirs = []string{"XDG_STATE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA"}

// attendants are the pids in the presence records.
func attendants(store store) []int {
	var pids []int
	for _, name := range store.list("monitor") {
		if pid, err := strconv.Atoi(store.read("monitor", name)["pid"]); err == nil && pid != os.Getpid() {
			pids = append(pids, pid)
		}
	}
	return pids
}

// launch starts a program of the script, with the file that "<FILE" names.
func launch(ts *testscript.TestScript, args []string) *launched {
	p := &launched{done: make(chan struct{})}
	stdin := os.DevNull
	if len(args) > 0 && strings.HasPrefix(args[0], "<") {
		stdin, args = args[0][1:], args[1:]
	}
	if len(args) == 0 || args[0] != "deskbell" {
		ts.Fatalf("this runs deskbell")
	}
	path, err := exec.LookPath("deskbell")
	ts.Check(err)
	for tries := 0; ; tries++ {
		err := p.start(ts, path, stdin, args[1:])
		if err == nil {
			break
		}
		if !transient(err) || tries == 5 {
			ts.Fatalf("start it: %v", err)
		}
	}
	go func() {
		defer close(p.done)
		p.command.Wait() // its exit status is asked for later
	}()
	return p
}

// start starts it once.
func (p *launched) start(ts *testscript.TestScript, path, stdin string, args []string) error {
	p.command = exec.Command(path, args...)
	p.command.Dir = ts.MkAbs(".")
	// In Wine what another script starts at this moment may have the output too,
	// and keep it for as long as it runs.
	p.command.WaitDelay = 10 * time.Second
	p.command.Env = environment(ts)
	p.command.Stdout, p.command.Stderr = &p.stdout, &p.stderr
	if stdin == "" {
		_, err := p.command.StdinPipe() // which Wait closes
		ts.Check(err)
		return p.command.Start()
	}
	if stdin != os.DevNull {
		stdin = ts.MkAbs(stdin)
	}
	file, err := os.Open(stdin)
	ts.Check(err)
	defer file.Close()
	p.command.Stdin = file
	return p.command.Start()
}

// environment is the script's, on top of ours, which Wine needs.
func environment(ts *testscript.TestScript) []string {
	env := append(os.Environ(), "GORACE=atexit_sleep_ms=0") // the race detector waits a second else
	for _, name := range append(ownDirs, "DESKBELL_QUEUE", "DESKBELL_RUNTIME_DIR", "DESKBELL_STATE_DIR", "DESKBELL_UI", processorsEnv, trustedEnv, rightsEnv, "LANG", "DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_ID") {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// finish waits for the end and checks the exit status.
func (p *launched) finish(ts *testscript.TestScript, status string) {
	select {
	case <-p.done:
	case <-time.After(deadline):
		p.command.Process.Kill()
		<-p.done
		ts.Fatalf("it did not end: stdout %q, stderr %q", p.stdout.String(), p.stderr.String())
	}
	fmt.Fprint(ts.Stdout(), p.stdout.String())
	fmt.Fprint(ts.Stderr(), p.stderr.String())
	if got := strconv.Itoa(p.command.ProcessState.ExitCode()); got != status {
		ts.Fatalf("exit status %s, want %s: stdout %q, stderr %q", got, status, p.stdout.String(), p.stderr.String())
	}
}

func exits_(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS [<FILE] deskbell ARG…")
	}
	launch(ts, args[1:]).finish(ts, args[0])
}

func begun(ts *testscript.TestScript, name string) *launched {
	p := ts.Value(programsKey{}).(programs)[name]
	if p == nil {
		ts.Fatalf("%s was not begun", name)
	}
	return p
}

func begin(ts *testscript.TestScript, _ bool, args []string) {
	ts.Value(programsKey{}).(programs)[args[0]] = launch(ts, args[1:])
}

func ends(ts *testscript.TestScript, _ bool, args []string) {
	begun(ts, args[0]).finish(ts, args[1])
}

func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(begun(ts, args[0]).command.Process.Signal(os.Interrupt))
}

func killMonitors(ts *testscript.TestScript, _ bool, _ []string) {
	for _, pid := range attendants(openStore(ts.Getenv)) {
		p, err := os.FindProcess(pid)
		ts.Check(err)
		ts.Check(p.Kill())
	}
}

// wait waits for a condition; it says what is the case instead.
func wait(ts *testscript.TestScript, condition func() (string, bool)) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for {
		is, ok := condition()
		if ok {
			return
		}
		select {
		case <-ctx.Done():
			ts.Fatalf("it did not come: %s", is)
		case <-ticker.C:
		}
	}
}

func put(ts *testscript.TestScript, _ bool, args []string) {
	half := len(args) > 1 && args[1] == "-half"
	id, fields := args[0], map[string]string{}
	for _, arg := range args[1:] {
		if name, value, ok := strings.Cut(arg, "="); ok {
			fields[name] = strings.ReplaceAll(value, `\n`, "\n")
		}
	}
	ts.Check(openStore(ts.Getenv).put(id, fields, half))
}

func withdraw(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(openStore(ts.Getenv).delete("inbox", args[0]))
}

func forge(ts *testscript.TestScript, _ bool, args []string) {
	pid := strconv.Itoa(begun(ts, args[1]).command.Process.Pid)
	ts.Check(openStore(ts.Getenv).write("monitor", args[0], map[string]string{"Pid": pid}, false))
}

func runs(ts *testscript.TestScript, _ bool, args []string) {
	select {
	case <-begun(ts, args[0]).done:
		ts.Fatalf("%s has ended", args[0])
	default:
	}
}

func inbox(ts *testscript.TestScript, _ bool, args []string)  { holds(ts, "inbox", args) }
func outbox(ts *testscript.TestScript, _ bool, args []string) { holds(ts, "outbox", args) }

func holds(ts *testscript.TestScript, box string, ids []string) {
	store := openStore(ts.Getenv)
	slices.Sort(ids)
	wait(ts, func() (string, bool) {
		names := store.list(box)
		slices.Sort(names)
		return fmt.Sprintf("%s has %q", box, names), slices.Equal(names, ids)
	})
}

func replied(ts *testscript.TestScript, _ bool, args []string) {
	store := openStore(ts.Getenv)
	var reply map[string]string
	wait(ts, func() (string, bool) {
		reply = store.read("outbox", args[0])
		ready := reply["ready"]
		return fmt.Sprint(reply), ready == "1" || ready == "true"
	})
	for _, arg := range args[1:] {
		name, want, _ := strings.Cut(arg, "=")
		got := reply[strings.ToLower(name)]
		if !regexp.MustCompile(`^(?:` + want + `)$`).MatchString(got) {
			ts.Fatalf("%s is %q, want %q", name, got, want)
		}
	}
}

func attended_(ts *testscript.TestScript, neg bool, _ []string) {
	store := openStore(ts.Getenv)
	wait(ts, func() (string, bool) {
		pids := attendants(store)
		if p := ts.Value(programsKey{}).(programs)["monitor"]; p != nil && !neg {
			select {
			case <-p.done:
				ts.Fatalf("the monitor ended: %s", p.stderr.String())
			default:
			}
		}
		return fmt.Sprintf("attended by %v", pids), (len(pids) > 0) != neg
	})
}

// attendedBy_ compares with the base name of the monitor's program.
func attendedBy_(ts *testscript.TestScript, _ bool, args []string) {
	pids := attendants(openStore(ts.Getenv))
	if len(pids) != 1 {
		ts.Fatalf("attended by %v", pids)
	}
	if got := programOf(ts, pids[0]); got != args[0] {
		ts.Fatalf("attended by %s, want %s", got, args[0])
	}
}

func logged(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		wanted := regexp.MustCompile(arg)
		wait(ts, func() (string, bool) {
			text := logContent(ts)
			return fmt.Sprintf("%s is not in %q", arg, text), wanted.MatchString(text)
		})
	}
}

func unlogged(ts *testscript.TestScript, _ bool, args []string) {
	if text := logContent(ts); text == "" || regexp.MustCompile(args[0]).MatchString(text) {
		ts.Fatalf("the logs have %q", text)
	}
}

// logContent is what the log files of the queue hold.
func logContent(ts *testscript.TestScript) string {
	var all string
	for _, folder := range []string{"deskbell", "Deskbell"} {
		for _, suffix := range []string{".lo_", ".log"} {
			data, err := os.ReadFile(filepath.Join(ts.Getenv("LOCALAPPDATA"), folder, ts.Getenv("DESKBELL_QUEUE")+suffix))
			if err == nil {
				all += string(data)
			}
		}
		if all != "" {
			break // the same folder where case does not count
		}
	}
	return all
}

func stored(ts *testscript.TestScript, neg bool, args []string) {
	store := openStore(ts.Getenv)
	wanted := regexp.MustCompile(args[0])
	found, records := "", 0
	for _, box := range []string{"inbox", "outbox", "monitor"} {
		for _, name := range store.list(box) {
			records++
			for field, value := range store.read(box, name) {
				if wanted.MatchString(value) {
					found = box + " " + name + " " + field
				}
			}
		}
	}
	if records == 0 {
		ts.Fatalf("nothing is stored at all")
	}
	if (found != "") == neg {
		ts.Fatalf("%q is in %q", args[0], found)
	}
}

// varying are the values of a JSON answer that no script can know.
var varying = regexp.MustCompile(`"(user|session|shownAt|answeredAt|version|go|platform|queue)":"[^"]*"|"(pid|age)":[0-9]+`)

func compareJSON(ts *testscript.TestScript, _ bool, args []string) {
	want := strings.TrimSpace(strings.ReplaceAll(ts.ReadFile(args[0]), "\n", ""))
	raw := ts.ReadFile("stdout")
	got := strings.TrimSpace(varying.ReplaceAllString(raw, `"$1$2":"*"`))
	if got != want {
		ts.Fatalf("stdout is\n%s\nwant\n%s", got, want)
	}
	if i := strings.IndexFunc(raw, func(r rune) bool { return r > 0x7e }); i >= 0 {
		ts.Fatalf("stdout is not ASCII at %d", i)
	}
	if strings.Count(raw, "\n") != 1 {
		ts.Fatalf("stdout is not one line: %q", raw)
	}
}

// store is the queue as foreign programs see it.
type store interface {
	put(id string, fields map[string]string, half bool) error
	write(box, name string, fields map[string]string, half bool) error
	list(box string) []string
	read(box, name string) map[string]string // names in lower case
	delete(box, name string) error
	remove() error
}

package soak

import (
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deskbell/deskbell/test/bed"
)

// stepped is the variable, in seconds, by which the clock on the wall is ahead in a
// program that steppable has built.
const stepped = "clockStep"

// steppable builds Deskbell with a clock on the wall that can be set while it
// runs: nobody else's clock is. Its timers go on as they do when a real clock is
// set. What the kernel writes down, as of files, is by the real clock.
func steppable(t *testing.T, program string) {
	t.Helper()
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Dir = bed.Root()
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v: %s", args[0], err, out)
		}
		return strings.TrimSpace(string(out))
	}
	source := filepath.Join(run("env", "GOROOT"), "src/time/time.go")
	text, err := os.ReadFile(source)
	check(t, err)
	const now = "\tsec, nsec, mono := runtimeNow()\n"
	if n := strings.Count(string(text), now); n != 1 {
		t.Fatalf("%s has %d times %q", source, n, now)
	}
	changed := strings.Replace(string(text), now, now+"\tsec += "+stepped+"\n", 1) + "\nvar " + stepped + " int64\n"
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, "time.go"), []byte(changed), 0o600))
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{source: filepath.Join(dir, "time.go")}})
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	run("build", "-overlay", filepath.Join(dir, "overlay.json"), "-buildvcs=false", "-o", program, "./cmd/deskbell")
}

// step sets the clock of a process that runs such a program.
func step(t *testing.T, program string, pid int, ahead time.Duration) {
	t.Helper()
	file, err := elf.Open(program)
	check(t, err)
	defer file.Close()
	symbols, err := file.Symbols()
	check(t, err)
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_RDWR, 0)
	check(t, err)
	defer memory.Close()
	for _, s := range symbols {
		if s.Name == "time."+stepped {
			_, err := memory.WriteAt(binary.LittleEndian.AppendUint64(nil, uint64(ahead/time.Second)), int64(s.Value))
			check(t, err)
			return
		}
	}
	t.Fatalf("%s has no variable %s", program, stepped)
}

// The clock of a monitor is set, forwards and back, with a window open and with
// none: how long a window stays is not changed by it, what is asked before and
// after is answered, and what has expired by it is said to have.
func TestClockIsSet(t *testing.T) {
	if !aside(t) {
		return
	}
	w := newWorld(t)
	program := filepath.Join(w.dir, programName)
	steppable(t, program)
	monitor := w.attend(nil)
	set := func(ahead time.Duration) { step(t, program, monitor.cmd.Process.Pid, ahead) }
	shown := func(id string) {
		until(t, id+" is shown", func() bool { return strings.Contains(string(monitor.said()), `"shown","id":"`+id+`"`) })
	}
	gets := func(id, text string, args ...string) {
		out, _ := w.asks(id, text, args...)()
		w.books.gets(id, out, false)
	}

	const timeout = 3 * time.Second
	open := w.asks("timed", "nobody answers this", "--timeout", timeout.String())
	began := time.Now()
	shown("timed")
	waits := w.asks("waits", "yes")
	for _, ahead := range []time.Duration{2 * time.Hour, -2 * time.Hour, 40 * 24 * time.Hour, 0} {
		set(ahead)
		// It looks at its clock again as something happens.
		check(t, w.send("look", "yes"))
		check(t, w.box.Withdraw("look"))
	}
	out, status := open()
	if took := time.Since(began); status != 5 || took < timeout {
		t.Errorf("a window of %s: after %s %d %s", timeout, took, status, out)
	}
	w.books.excuses("timed")
	said, _ := waits()
	w.books.gets("waits", said, false)

	for i, ahead := range []time.Duration{2 * time.Hour, -2 * time.Hour, 40 * 24 * time.Hour, -40 * 24 * time.Hour, 0} {
		set(ahead)
		gets(fmt.Sprintf("plain%d", i), "yes")
		gets(fmt.Sprintf("slow%d", i), "wait")
		id := fmt.Sprintf("lasting%d", i)
		if ahead <= 0 { // what was put in its future is as if it had been put now
			gets(id, "yes", "--ttl", "1h")
			continue
		}
		if out, status := w.asks(id, "yes", "--ttl", "1h")(); status != 75 || !strings.Contains(out, `"expired"`) {
			t.Errorf("of use for an hour, put %s ago: %d %s", ahead, status, out)
		}
		w.books.excuses(id)
	}
	held := w.asks("held", "wait")
	shown("held")
	set(90 * 24 * time.Hour)
	said, _ = held()
	w.books.gets("held", said, false)
	set(0)
	monitor.stop()
	w.audit()
}

//go:build linux

package screen

import (
	"strings"
	"syscall"
	"testing"
)

// A dialog that crashes with a hidden answer half typed, and a monitor that
// crashes after it, say where they were, and nothing of what was typed: neither
// to who asked nor in a log.
func TestCrashTellsNoSecret(t *testing.T) {
	const secret = "open sesame 77"
	d := openGTK(t)
	monitor := d.monitor
	question := d.run("input", "Password of the archive", "--mask", "--title", "Deskbell crash", "--json", "--launch", "never")
	w := d.Window("Deskbell crash")
	w.Type(secret)
	d.Shot(shotName(t, ""))
	if err := syscall.Kill(w.Pid(), syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	w.Gone()
	if a := question.answer(); a.Outcome != "failed" {
		t.Errorf("%+v", a)
	}
	if err := monitor.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	err := <-monitor.ended
	monitor.ended <- err
	for what, said := range map[string]string{"the question": question.output() + question.errors(), "the monitor": monitor.errors()} {
		if !strings.Contains(said, "goroutine ") && what == "the monitor" {
			t.Errorf("%s has not crashed: %s", what, said)
		}
		if strings.Contains(said, secret) || strings.Contains(said, "sesame") {
			t.Errorf("%s: %s", what, said)
		}
	}
}

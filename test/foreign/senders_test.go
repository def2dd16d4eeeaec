//go:build linux

// Package foreign tests that strangers get along with us: the examples, senders
// and a monitor in other languages, written by docs/protocol.md alone, and
// programs that put into a mailbox whatever comes to their mind.
package foreign

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// person is who answers the senders: a script for --ui.
const person = `
{"match":"Install the update now","button":"Tonight at eight"}
{"match":"Your name","answer":"Zoë \"Ω\" C:\\new\tMüller"}
{"match":"Your first name","answer":"Anna \"A. B.\" C:\\new"}
{"match":"say \"when\"","button":"\"When\", \\o/ $HOME"}
{"match":"Never mind","button":"No","after":"24h"}
`

// sender is a program of a stranger and what it prints.
type sender struct {
	name string
	args []string
	want string
	// next, of one that withdraws its question, is who asks after it, and is
	// answered only if the screen is free again.
	next string
}

const (
	answered = "Tonight at eight\n"
	rejected = "rejected\nfield Type: \"abc\" is not a number\n"
)

// What examples/ does not show: odd forms of fields, an answer that is typed, a
// question that is taken back once it is on screen, and what is no message.
func TestSendersOnLinux(t *testing.T) {
	t.Parallel()
	for _, s := range []sender{
		{name: "forms.pl", want: answered},
		{name: "input.pl", want: "Zoë \"Ω\" C:\\new\tMüller\n"},
		{name: "withdraw.sh", want: "withdrawn\n", next: "forms.pl"},
		{name: "rejected.sh", want: rejected},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			const queue = "stranger"
			dir := t.TempDir()
			attend(t, linuxMonitor(dir, queue, script(t, person)))
			s.test(t, func(name string, args ...string) string {
				interpreter := map[string]string{".sh": "sh", ".pl": "perl"}[filepath.Ext(name)]
				cmd := exec.Command(interpreter, append([]string{filepath.Join("senders", name), queue}, args...)...)
				cmd.Env = environment(dir)
				return output(t, cmd)
			})
			for _, box := range []string{"inbox", "outbox"} {
				if left := files(t, filepath.Join(dir, queue, box)); len(left) > 0 {
					t.Errorf("left behind in the %s: %q", box, left)
				}
			}
		})
	}
}

func TestSendersOnWindows(t *testing.T) {
	t.Parallel()
	windows := bootWine(t)
	for _, s := range []sender{
		{name: "forms.vbs", want: answered},
		{name: "input.vbs", want: "Anna \"A. B.\" C:\\new\n"},
		{name: "rejected.cmd", want: rejected},
	} {
		t.Run(s.name, func(t *testing.T) {
			queue := strings.ReplaceAll(s.name, ".", "-")
			attend(t, windows.Command(bed.Build("deskbell.exe"), "monitor", "--foreground",
				"--queue", queue, "--ui", "script:"+bed.Path(script(t, person))))
			s.test(t, func(name string, args ...string) string {
				path, err := filepath.Abs(filepath.Join("senders", name))
				if err != nil {
					t.Fatal(err)
				}
				args = append([]string{queue}, args...)
				switch filepath.Ext(name) {
				case ".vbs":
					args = append([]string{"cscript", "//nologo", bed.Path(path)}, args...)
				case ".cmd":
					args = append([]string{"cmd", "/c", bed.Path(path)}, args...)
				}
				return strings.ReplaceAll(output(t, windows.Command(args[0], args[1:]...)), "\r\n", "\n")
			})
			for _, box := range []string{"Inbox", "Outbox"} {
				key := `HKCU\Software\Deskbell\Queues\` + queue + `\` + box
				if left := output(t, windows.Command("reg", "query", key)); strings.Contains(left, box+`\`) {
					t.Errorf("left behind in the %s: %s", box, left)
				}
			}
		})
	}
}

func (s sender) test(t *testing.T, run func(name string, args ...string) string) {
	t.Helper()
	if got := run(s.name, s.args...); got != s.want {
		t.Errorf("prints %q, want %q", got, s.want)
	}
	if s.next == "" {
		return
	}
	if got := run(s.next); got != answered {
		t.Errorf("after it %s prints %q, want %q", s.next, got, answered)
	}
}

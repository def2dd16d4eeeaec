//go:build linux

package foreign

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/test/bed"
)

// sid is the user of every program in Wine.
const sid = "S-1-5-21-0-0-0-1000"

// The monitor in VBScript for older Windows answers our senders. What Wine 8
// lacks of VBScript is not shown by it: WMI's notifications, StdRegProv and the
// creation time of processes (it looks every two seconds, lists by reg.exe and
// takes every process with the recorded pid for the monitor), InputBox (it says
// so in its reply) and LogEvent.
func TestMonitorInVBScript(t *testing.T) {
	t.Parallel()
	v := newVBScript(t)
	v.reg("add", v.key(`HKCU`)+`\Monitor\1`, "/v", "Pid", "/t", "REG_DWORD", "/d", "999999", "/f") // of one that is gone
	v.reg("add", v.key(`HKLM`)+`\Users\`+sid+`\Inbox`, "/f")
	v.reg("add", v.key(`HKLM`)+`\Users\`+sid+`\Outbox`, "/f")
	v.start("/DEBUG", "/MONITOR")

	t.Run("second one", func(t *testing.T) {
		if _, status := v.cscript("/DEBUG", "/MONITOR"); status != 3 {
			t.Errorf("exit %d, want 3", status)
		}
	})
	t.Run("ping", func(t *testing.T) {
		v.reg("add", v.key("HKCU")+`\Inbox\ping`, "/v", "Kind", "/d", "control", "/f")
		v.reg("add", v.key("HKCU")+`\Inbox\ping`, "/v", "Command", "/d", "ping", "/f")
		v.reg("add", v.key("HKCU")+`\Inbox\ping`, "/v", "Ready", "/t", "REG_DWORD", "/d", "1", "/f")
		v.want(`"status":"answered"`, 0, "await", "ping")
	})
	t.Run("buttons", func(t *testing.T) {
		asked := v.ask("ask", "Install the update now?", "--title", "Buttons", "--button", "Now", "--button", "Tonight at eight")
		v.press("Buttons", "Tab", "space")
		asked("Tonight at eight\n", 1) // the affirmative one is the first
	})
	t.Run("type", func(t *testing.T) {
		asked := v.ask("ask", "Delete it?", "--title", "Type", "--type", "36")
		v.press("Type", "Return")
		asked("Yes\n", 0)
	})
	t.Run("closed", func(t *testing.T) {
		asked := v.ask("ask", "Now?", "--title", "Closed", "--button", "Now", "--button", "Later", "--json")
		v.press("Closed", "Escape")
		asked(`"outcome":"dismissed"`, 1)
	})
	t.Run("timeout", func(t *testing.T) {
		v.want("", 5, "ask", "Nobody is here.", "--title", "Timeout", "--timeout", "2s")
	})
	t.Run("expired", func(t *testing.T) {
		v.want("", 75, "ask", "Quick!", "--expires", "2001-01-01T00:00:00Z")
	})
	t.Run("withdrawn", func(t *testing.T) {
		v.want("withdrawn", 0, "ask", "Never mind.", "--title", "Withdrawn", "--no-wait", "--id", "withdrawn")
		window := v.desktop.Window("Withdrawn")
		v.reg("delete", v.key("HKCU")+`\Inbox\withdrawn`, "/f")
		window.Keys("Return") // a script learns it when its window has closed
		window.Gone()
		v.desktop.Wait("the claim to go", func() bool {
			return !strings.Contains(v.reg("query", v.key("HKCU")+`\Outbox`), `Outbox\`)
		})
	})
	t.Run("over", func(t *testing.T) {
		asked := v.ask("ask", "Never mind.", "--title", "Over", "--within", "8s")
		window := v.desktop.Window("Over")
		asked("", 75)
		window.Gone()
	})
	t.Run("notice", func(t *testing.T) {
		v.want("", 0, "notify", "It is installed.", "--title", "Notice")
		v.press("Notice", "Return")
	})
	t.Run("rejected", func(t *testing.T) {
		v.want("unsupported", 65, "choose", "Which?", "--choice", "One", "--choice", "Two")
		v.want("unsupported", 65, "input", "Password?", "--mask")
	})
	t.Run("input", func(t *testing.T) {
		v.want("no input box could be opened", 69, "input", "Your name?")
	})
	t.Run("assigned", func(t *testing.T) {
		box := v.key("HKLM") + `\Users\` + sid
		v.reg("add", box+`\Inbox\reboot`, "/v", "Text", "/d", "May the computer be restarted?", "/f")
		v.reg("add", box+`\Inbox\reboot`, "/v", "Title", "/d", "Assigned", "/f")
		v.reg("add", box+`\Inbox\reboot`, "/v", "Type", "/t", "REG_DWORD", "/d", "4", "/f")
		v.reg("add", box+`\Inbox\reboot`, "/v", "Ready", "/t", "REG_DWORD", "/d", "1", "/f")
		window := v.desktop.Window("Assigned")
		window.Activate()
		v.desktop.Shot("vbscript-assigned")
		window.Keys("Tab", "space")
		v.desktop.Wait("the reply", func() bool {
			out, err := v.windows.Command("reg", "query", box+`\Outbox\reboot`, "/v", "Choice").Output()
			return err == nil && strings.Contains(string(out), "No")
		})
	})
	t.Run("stop", func(t *testing.T) {
		if out, status := v.cscript("/STOPQMON"); status != 0 {
			t.Errorf("exit %d: %s", status, out)
		}
		v.want("", 69, "status")
		if out, status := v.cscript("/STOPQMON"); status != 69 {
			t.Errorf("with nobody there: exit %d: %s", status, out)
		}
	})
	t.Run("wscript", func(t *testing.T) {
		if out, status := v.cscript("/MONITOR"); status != 0 {
			t.Fatalf("exit %d: %s", status, out)
		}
		v.attended()
		if out, status := v.cscript("/RESTARTQMON"); status != 0 {
			t.Errorf("restart: exit %d: %s", status, out)
		}
		v.attended()
		if out, status := v.cscript("/FORCEDOWN"); status != 0 {
			t.Errorf("kill: exit %d: %s", status, out)
		}
		v.want("", 69, "status")
	})
	t.Run("autostart", func(t *testing.T) {
		for word, hive := range map[string]string{"/RUNUSER": "HKCU", "/RUNMACHINE": "HKLM"} {
			key := hive + `\Software\Microsoft\Windows\CurrentVersion\Run`
			if out, status := v.cscript(word); status != 0 {
				t.Errorf("%s: exit %d: %s", word, status, out)
			}
			if out := v.reg("query", key); !strings.Contains(out, "Deskbell "+v.queue) || !strings.Contains(out, "wscript.exe") {
				t.Errorf("%s: %s", word, out)
			}
			if out, status := v.cscript(word, "/REMOVE"); status != 0 {
				t.Errorf("%s /REMOVE: exit %d: %s", word, status, out)
			}
			if out := v.reg("query", key); strings.Contains(out, v.queue) {
				t.Errorf("%s /REMOVE left %s", word, out)
			}
		}
	})
	t.Run("install", func(t *testing.T) {
		run := `HKLM\Software\Microsoft\Windows\CurrentVersion\Run`
		v.reg("delete", v.key("HKLM")+`\Users\`+sid, "/f")
		if out, status := v.cscript("/INSTALL"); status != 0 {
			t.Errorf("install: exit %d: %s", status, out)
		}
		if out := v.reg("query", run); !strings.Contains(out, "Deskbell "+v.queue) || !strings.Contains(out, "/MONITOR") {
			t.Errorf("autostart: %s", out)
		}
		if out, status := v.cscript("/UNINSTALL"); status != 0 {
			t.Errorf("uninstall: exit %d: %s", status, out)
		}
		if out := v.reg("query", run); strings.Contains(out, v.queue) {
			t.Errorf("uninstall left %s", out)
		}
		for _, hive := range []string{"HKCU", "HKLM"} {
			if out, err := v.windows.Command("reg", "query", v.key(hive)).Output(); err == nil {
				t.Errorf("uninstall left %s", out)
			}
		}
	})
}

// vbscript is the monitor in VBScript, in a Wine of the test's own.
type vbscript struct {
	t       *testing.T
	desktop *bed.Display
	windows *bed.Wine
	queue   string
	file    string
}

func newVBScript(t *testing.T) *vbscript {
	desktop := bed.NewDisplay(t)
	return &vbscript{
		t: t, desktop: desktop, windows: bed.NewWine(t, desktop, nil), queue: "older",
		file: filepath.Join(bed.Root(), "legacy", "vbscript", "DeskbellMonitor.vbs"),
	}
}

func (v *vbscript) key(hive string) string { return hive + `\Software\Deskbell\Queues\` + v.queue }

func (v *vbscript) reg(args ...string) string {
	v.t.Helper()
	return output(v.t, v.windows.Command("reg", args...))
}

func (v *vbscript) command(args ...string) *exec.Cmd {
	return v.windows.Command("cscript", append([]string{"//nologo", bed.Path(v.file), "/QUEUE:" + v.queue}, args...)...)
}

// cscript runs the script to its end.
func (v *vbscript) cscript(args ...string) (said string, status int) {
	v.t.Helper()
	return run(v.t, v.command(args...))
}

// start has the monitor attend until it is told to stop.
func (v *vbscript) start(args ...string) {
	v.t.Helper()
	out := background(v.t, v.command(args...))
	v.t.Cleanup(func() {
		if said, _ := out(); v.t.Failed() {
			v.t.Logf("the monitor said:\n%s", said)
		}
	})
	v.attended()
}

func (v *vbscript) attended() {
	v.t.Helper()
	attended(v.t, func() *exec.Cmd { return v.windows.Command(bed.Build("deskbell.exe"), "status", "--queue", v.queue) })
}

// ask starts one of our senders; what it returns waits for its end.
func (v *vbscript) ask(args ...string) (want func(said string, status int)) {
	out := background(v.t, v.windows.Command(bed.Build("deskbell.exe"), append(args, "--queue", v.queue)...))
	return func(want string, wanted int) {
		v.t.Helper()
		if said, status := out(); status != wanted || !strings.Contains(strings.ReplaceAll(said, "\r\n", "\n"), want) {
			v.t.Errorf("%s: exit %d, want %d; it says %q, want %q", strings.Join(args, " "), status, wanted, said, want)
		}
	}
}

func (v *vbscript) want(said string, status int, args ...string) {
	v.t.Helper()
	v.ask(args...)(said, status)
}

func (v *vbscript) press(title string, keys ...string) {
	v.t.Helper()
	window := v.desktop.Window(title)
	window.Keys(keys...)
	window.Gone()
}

// The functions for senders in VBScript, put into a script as a user would:
// Wine 8 has no ExecuteGlobal.
func TestSenderInVBScript(t *testing.T) {
	t.Parallel()
	windows := bootWine(t)
	library, err := os.ReadFile(filepath.Join(bed.Root(), "legacy", "vbscript", "DeskbellSender.vbs"))
	if err != nil {
		t.Fatal(err)
	}
	const queue = "sender"
	file := filepath.Join(t.TempDir(), "ask.vbs")
	err = os.WriteFile(file, append(library, `
Dim id
WScript.Echo DeskbellAttended("sender", "", "1") & " " & DeskbellAttended("nobody", "", "1")
id = DeskbellNew("sender", "")
DeskbellSet "Text", "Install the update now?"
DeskbellSet "Buttons", "Now" & vbLf & "Tonight at eight"
DeskbellSet "Timeout", 600
DeskbellSend
If DeskbellWait(60) Then WScript.Echo DeskbellGet("Status") & ": " & DeskbellGet("Choice")
DeskbellForget
WScript.Echo "left: " & DeskbellHasKey(DeskbellBox & "\Inbox\" & id) & DeskbellHasKey(DeskbellBox & "\Outbox\" & id)
id = DeskbellNew("nobody", "")
DeskbellSet "Text", "Is nobody there?"
DeskbellSend
If Not DeskbellWait(1) Then WScript.Echo "no reply in time"
DeskbellForget
WScript.Echo "left: " & DeskbellHasKey(DeskbellBox & "\Inbox\" & id)
`...), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	attend(t, windows.Command(bed.Build("deskbell.exe"), "monitor", "--foreground", "--queue", queue,
		"--ui", "script:"+bed.Path(script(t, person))))
	attended(t, func() *exec.Cmd { return windows.Command(bed.Build("deskbell.exe"), "status", "--queue", queue) })
	got := strings.ReplaceAll(output(t, windows.Command("cscript", "//nologo", bed.Path(file))), "\r", "")
	const want = "True False\nanswered: Tonight at eight\nleft: FalseFalse\nno reply in time\nleft: False\n"
	if trueFalse.Replace(got) != want {
		t.Errorf("prints %q, want %q", got, want)
	}
}

// trueFalse: Wine 8 prints a Boolean as the number that it is.
var trueFalse = strings.NewReplacer("-1", "True", "0", "False")

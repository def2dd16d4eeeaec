package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/deskbell/deskbell/protocol"
)

// kindOf are the commands that send, with the kind they send and the fields
// they decide themselves.
var kindOf = map[string]struct {
	kind    string
	decided []string
}{
	"ask":      {protocol.KindPopup, []string{"Version", "Kind"}},
	"input":    {protocol.KindInput, []string{"Version", "Kind"}},
	"choose":   {protocol.KindChoose, []string{"Version", "Kind"}},
	"notify":   {protocol.KindNotify, []string{"Version", "Kind"}},
	"progress": {protocol.KindProgress, []string{"Version", "Kind"}},
	"send":     {"", nil},
}

// ownFlags are the flags that are no field.
var ownFlags = []string{
	"scope", "within", "launch", "id", "no-wait", "wait-logon", "json", "out", "exit-style", "queue", "debug", "help",
}

func newCall() *call {
	return &call{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
}

// TestFlagsAreFields keeps flags and completions equal to the field table.
func TestFlagsAreFields(t *testing.T) {
	for name, want := range kindOf {
		command, _, err := newCall().root().Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		command.InitDefaultHelpFlag()
		command.InheritedFlags()
		left := map[string]bool{}
		command.Flags().VisitAll(func(f *pflag.Flag) { left[f.Name] = true })
		for _, field := range protocol.Messages() {
			flag := command.Flags().Lookup(field.Flag())
			expected := (want.kind == "" || field.For(want.kind)) && !slices.Contains(want.decided, field.Name)
			if (flag != nil) != expected {
				t.Errorf("%s: flag --%s: there is %v, want %v", name, field.Flag(), flag != nil, expected)
			}
			delete(left, field.Flag())
			if flag == nil {
				continue
			}
			if !strings.HasPrefix(flag.Usage, field.Help) {
				t.Errorf("%s: --%s is described as %q, in the table as %q", name, field.Flag(), flag.Usage, field.Help)
			}
			complete, ok := command.GetFlagCompletionFunc(field.Flag())
			if !ok {
				t.Fatalf("%s: --%s has no completion", name, field.Flag())
			}
			got, directive := complete(command, nil, "")
			if field.Values != nil && !slices.Equal(got, field.Values) {
				t.Errorf("%s: --%s completes to %q, want %q", name, field.Flag(), got, field.Values)
			}
			if directive != cobra.ShellCompDirectiveNoFileComp && field.Name != "Text" && field.Name != "Details" {
				t.Errorf("%s: --%s completes to files", name, field.Flag())
			}
		}
		for _, own := range ownFlags {
			if !left[own] {
				t.Errorf("%s: there is no flag --%s", name, own)
			}
			delete(left, own)
		}
		for flag := range left {
			t.Errorf("%s: --%s is neither a field nor one of the sender's own flags", name, flag)
		}
	}
}

// TestFieldFlags gives every field of the table by its flag.
func TestFieldFlags(t *testing.T) {
	c := newCall()
	root := c.root()
	send, _, err := root.Find([]string{"send"})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{
		"--text=a", "--text.de=b", "--button", "x", "--button=y", "--button.pt-BR=z", "--button.pt-BR=w",
		"--timeout", "1m30s", "--ttl=2d", "--type", "36", "--mask", "--expires=2026-01-31T16:00:00Z",
		"--multiple=false", "--percent=-1", "--check.de", "c",
	}
	if err := prepareFlags(send, args); err != nil {
		t.Fatal(err)
	}
	if err := send.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	value := send.Flags().Lookup("text").Value.(*fieldValue)
	want := protocol.Fields{
		"Text": "a", "Text.de": "b", "Buttons": []string{"x", "y"}, "Buttons.pt-BR": []string{"z", "w"},
		"Timeout": 90, "Ttl": 172800, "Type": 36, "Mask": true, "Expires": "2026-01-31T16:00:00Z",
		"Multiple": false, "Percent": -1, "Check.de": "c",
	}
	got, err := value.set.values.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	expected, err := want.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, expected) {
		t.Errorf("the flags make\n%s, want\n%s", got, expected)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "90": 90 * time.Second, "1.5": 1500 * time.Millisecond, "5m": 5 * time.Minute, "1h30m": 90 * time.Minute,
		"2d": 48 * time.Hour, "1w": 168 * time.Hour, "1w2d3h": 219 * time.Hour, "0.5d": 12 * time.Hour,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "-1", "-5m", "5x", "1m2d", "d", "1e300", "NaN", "Inf", "99999999999w", "9999999999999999999999d"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: %v, want an error", text, got)
		}
	}
}

func TestParseProgress(t *testing.T) {
	for line, want := range map[string]protocol.Message{
		"42": {Percent: 42}, " 42.9 ": {Percent: 42}, "42%": {Percent: 42}, "100": {Percent: 100}, "250": {Percent: 100},
		"-5": {Percent: -1}, "# busy": {Detail: "busy"}, "#": {},
	} {
		var got protocol.Message
		change := parseProgress(line)
		if change == nil {
			t.Errorf("%q says nothing", line)
			continue
		}
		change(&got)
		if got.Percent != want.Percent || got.Detail != want.Detail {
			t.Errorf("%q: %d %q, want %d %q", line, got.Percent, got.Detail, want.Percent, want.Detail)
		}
	}
	for _, line := range []string{"", "pulsate:true", "x", "NaN"} {
		if parseProgress(line) != nil {
			t.Errorf("%q says something", line)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"title", "timeout", "text", "type", "ttl", "button", "countdown-text", "to"}
	for name, want := range map[string]string{
		"tittle": "title", "buton": "button", "buttons": "button", "Title": "title", "tiemout": "timeout",
		"countdown": "countdown-text", "entirely-else": "", "qqq": "",
	} {
		if got := nearest(name, names); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

func TestSwitches(t *testing.T) {
	for line, want := range map[string]string{
		"/MONITOR": "monitor", "-monitor --ui tty": "monitor --ui tty", "/StopQMon": "monitor stop",
		"/RESTARTQMON": "monitor restart", "/forcedown": "monitor kill",
		"/INSTALL": "install", "-uninstall --dry-run": "uninstall --dry-run", "/Reinstall x": "reinstall x",
		"/RUNMACHINE": "autostart --machine", "-RunUser --remove": "autostart --user --remove",
		"/DEBUG": "--debug", "-debug /monitor --ui tty": "--debug monitor --ui tty", "/debug ask x": "--debug ask x",
		"--debug": "--debug", "--help": "--help", "/other": "/other", "ask /monitor": "ask /monitor", "": "",
	} {
		if got := strings.Join(modern(strings.Split(line, " ")), " "); got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func TestASCII(t *testing.T) {
	if got, want := ascii("a\x7fä€😀"), `a\u007f\u00e4\u20ac\ud83d\ude00`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestCompletion asks for completions as a shell does.
func TestCompletion(t *testing.T) {
	for line, want := range map[string][]string{
		"ask --icon ":                {protocol.IconNone, protocol.IconInfo, protocol.IconWarning, protocol.IconError, protocol.IconQuestion, protocol.IconShield},
		"ask --urgency ":             {protocol.UrgencyLow, protocol.UrgencyNormal, protocol.UrgencyCritical},
		"ask --launch ":              {"auto", "never"},
		"send --kind ":               {"popup", "input", "choose", "notify", "progress", "control"},
		"monitor --log ":             {"text", "json", "system", "file", "none"},
		"monitor --foreground --ui ": {"auto", "native", "tty", "host:", "script:"},
	} {
		var out bytes.Buffer
		c := newCall()
		c.stdout = &out
		if exit := c.run(context.Background(), append([]string{"__complete"}, strings.Split(line, " ")...)); exit != 0 {
			t.Errorf("%q: exit status %d", line, exit)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if got := lines[:len(lines)-1]; !slices.Equal(got, want) {
			t.Errorf("%q completes to %q, want %q", line, got, want)
		}
	}
}

// TestCancelled ends with 130 whatever it is that is cancelled.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"ask", "x"}, {"progress", "x"}, {"ask", "x", "--no-wait"}} {
		c := newCall()
		if exit := c.run(ctx, append(args, "--queue", "cancelled", "--launch", "never")); exit != 130 {
			t.Errorf("%q: exit status %d, want 130", args, exit)
		}
	}
}

// TestTesterCancelled ends the tester while it waits for somebody to type.
func TestTesterCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := newCall()
	typed, end := io.Pipe()
	defer end.Close()
	c.stdin, c.stdout = typed, writer(func(text []byte) {
		if strings.Contains(string(text), "Question: ") {
			cancel()
		}
	})
	if exit := c.run(ctx, []string{"demo", "--tester", "--queue", "cancelled"}); exit != 130 {
		t.Errorf("exit status %d, want 130", exit)
	}
}

// writer calls a function with what is written.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

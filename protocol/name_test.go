package protocol

import (
	"slices"
	"strings"
	"testing"
)

func TestParseQueue(t *testing.T) {
	for name, want := range map[string]string{
		"deskbell": "deskbell", "Backup": "backup", "0.a-b_c": "0.a-b_c", strings.Repeat("a", 63): strings.Repeat("a", 63),
		"": "", ".a": "", "-a": "", "_a": "", "a b": "", "a/b": "", `a\b`: "", "ä": "", "..": "", "\u212A": "", "a\n": "", strings.Repeat("a", 64): "",
	} {
		got, err := ParseQueue(name)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
}

func TestParseID(t *testing.T) {
	for id, want := range map[string]string{
		"0190-ABC": "0190-abc", "a.json": "a.json", strings.Repeat("A", 64): strings.Repeat("a", 64),
		"": "", ".lock": "", "../x": "", "a/b": "", "a\x00": "", strings.Repeat("a", 65): "",
	} {
		got, err := ParseID(id)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", id, got, err)
		}
	}
}

func TestQueueOf(t *testing.T) {
	for executable, want := range map[string]string{
		"/usr/bin/deskbell": "deskbell", `C:\Program Files\Deskbell\deskbellw.exe`: "deskbell", "Deskbell-2.0.exe": "deskbell",
		`C:\Tools\Backup.EXE`: "backup", "./My Backup (2).exe": "my-backup--2-", "sw.dist.exe": "sw.dist", "müller": "m-ller",
		"_x.exe": "x", "\u212Aelvin.exe": "elvin", ".hidden": "hidden", "Ätna.exe": "tna", "日本": "deskbell", "": "deskbell", "/": "deskbell",
		strings.Repeat("a", 100) + ".exe": strings.Repeat("a", 63),
	} {
		got := QueueOf(executable)
		if got != want {
			t.Errorf("%q: %q, want %q", executable, got, want)
		}
		if _, err := ParseQueue(got); err != nil {
			t.Errorf("%q: %v", executable, err)
		}
	}
}

func TestNewID(t *testing.T) {
	var ids []string
	for range 100 {
		id := NewID()
		if folded, err := ParseID(id); err != nil || folded != id {
			t.Fatalf("%q: %v", id, err)
		}
		ids = append(ids, id)
	}
	if !slices.IsSorted(ids) || len(slices.Compact(ids)) != 100 {
		t.Errorf("not in the order of their making, or not unique: %v", ids)
	}
}

func TestFieldNames(t *testing.T) {
	for _, c := range []struct{ name, json, flag string }{
		{"Ttl", "ttl", "ttl"},
		{"CountdownText", "countdownText", "countdown-text"},
		{"Buttons", "buttons", "button"},
		{"Choices", "choices", "choice"},
		{"SenderPid", "senderPid", "sender-pid"},
		{"Details", "details", "details"},
	} {
		column, ok := messageTable.column(strings.ToUpper(c.name))
		if !ok || column.JSON() != c.json || column.Flag() != c.flag {
			t.Errorf("%s: %s, %s", c.name, column.JSON(), column.Flag())
		}
	}
}

func TestFieldFor(t *testing.T) {
	for _, c := range []struct {
		name, kind string
		want       bool
	}{
		{"Sender", KindControl, true},
		{"Mask", KindInput, true},
		{"Mask", KindPopup, false},
		{"Percent", KindProgress, true},
	} {
		column, _ := messageTable.column(c.name)
		if column.For(c.kind) != c.want {
			t.Errorf("%s for %s: %v", c.name, c.kind, !c.want)
		}
	}
}

// No two fields share a name in any spelling, and each has a line of help.
func TestFieldTable(t *testing.T) {
	seen := map[string]bool{"ready": true}
	for _, f := range Messages() {
		for _, name := range slices.Compact([]string{strings.ToLower(f.Name), f.Flag()}) {
			if seen[name] {
				t.Errorf("%s is there twice", name)
			}
			seen[name] = true
		}
		if f.Help == "" || strings.Contains(f.Help, "\n") {
			t.Errorf("%s: help %q", f.Name, f.Help)
		}
		if f.Form == Number && f.Max == 0 {
			t.Errorf("%s: a number without a range", f.Name)
		}
	}
}

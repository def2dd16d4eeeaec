package msi

import (
	"strings"
	"testing"
)

// message is one of Windows Installer.
type message struct {
	kind Kind
	text string
}

func tell(p *Progress, messages ...message) {
	for _, m := range messages {
		p.Hear(m.kind, m.text)
	}
}

func TestProgress(t *testing.T) {
	begun := []message{{Ticks, "1: 0 2: 200 3: 0 4: 0 "}}
	for name, c := range map[string]struct {
		messages []message
		percent  int
		line     string
	}{
		"nothing yet":          {nil, Unknown, ""},
		"preparing":            {[]message{{Ticks, "1: 0 2: 200 3: 0 4: 1 "}, {Ticks, "1: 2 2: 100 "}}, Unknown, ""},
		"prepared, and begun":  {[]message{{Ticks, "1: 0 2: 200 3: 0 4: 1 "}, begun[0]}, 0, ""},
		"begun":                {begun, 0, ""},
		"half":                 {append(begun, message{Ticks, "1: 2 2: 100 "}), 50, ""},
		"twice":                {append(begun, message{Ticks, "1: 2 2: 50 "}, message{Ticks, "1: 2 2: 100 "}), 75, ""},
		"more than all":        {append(begun, message{Ticks, "1: 2 2: 500 "}), 100, ""},
		"by data":              {append(begun, message{Ticks, "1: 1 2: 20 3: 1 "}, message{ActionData, "File: a"}, message{ActionData, "File: b"}), 20, ""},
		"data do not count":    {append(begun, message{Ticks, "1: 1 2: 20 3: 0 "}, message{ActionData, "File: a"}), 0, ""},
		"nor of another":       {append(begun, message{Ticks, "1: 1 2: 20 3: 1 "}, message{ActionStart, "Action 5:14:02: Next. "}, message{ActionData, "x"}), 0, ""},
		"more is added":        {append(begun, message{Ticks, "1: 2 2: 100 "}, message{Ticks, "1: 3 2: 200 "}), 25, ""},
		"rolled back":          {append(begun, message{Ticks, "1: 2 2: 150 "}, message{Ticks, "1: 0 2: 100 3: 1 4: 0 "}, message{Ticks, "1: 2 2: 30 "}), 70, ""},
		"rolled back and more": {append(begun, message{Ticks, "1: 0 2: 100 3: 1 4: 0 "}, message{Ticks, "1: 2 2: 300 "}), 0, ""},
		"what it does":         {append(begun, message{ActionStart, "Action 5:14:02: InstallFiles. Copying new files"}), 0, "Copying new files"},
		"in German":            {append(begun, message{ActionStart, "Aktion 17.14.02: InstallFiles. Neue Dateien werden kopiert"}), 0, "Neue Dateien werden kopiert"},
		"an action of no word": {append(begun, message{ActionStart, "Action 5:14:02: A. One"}, message{ActionStart, "Action 5:14:02: InstallFinalize. "}), 0, "One"},
		"with flags":           {append(begun, message{Ticks | 0x31, "1: 2 2: 100 "}), 50, ""},
		"no ticks":             {[]message{{Ticks, "1: 0 2: 0 3: 0 4: 0 "}, {Ticks, "1: 2 2: 10 "}}, Unknown, ""},
		"nonsense":             {append(begun, message{Ticks, "1: 2 2: -50 "}, message{Ticks, "1 2 2"}, message{Ticks, "9: 9 0: 1"}, message{Ticks, ""}), 0, ""},
		"beyond all numbers":   {[]message{{Ticks, "1: 0 2: 9223372036854775807 3: 0 4: 0"}, {Ticks, "1: 3 2: 9223372036854775807"}, {Ticks, "1: 2 2: 9223372036854775807"}}, 100, ""},
		"many lines":           {append(begun, message{ActionStart, "Action 5:14:02: A. One\r\nTwo\u202e\x00"}), 0, "One Two"},
	} {
		var p Progress
		tell(&p, c.messages...)
		if p.Percent() != c.percent || p.Line() != c.line {
			t.Errorf("%s: %d, %q; want %d, %q", name, p.Percent(), p.Line(), c.percent, c.line)
		}
	}
}

// FuzzProgress: whatever a package says, it is a percentage and a line.
func FuzzProgress(f *testing.F) {
	f.Add("1: 0 2: 200 3: 0 4: 0 \n1: 1 2: 5 3: 1\n1: 2 2: 3", "Action 5:14:02: InstallFiles. Copying new files")
	f.Add("1: 0 2: 1 3: 1\n1: 3 2: 99999999999999999999", "\x00\n. ")
	f.Fuzz(func(t *testing.T, ticks, start string) {
		var p Progress
		for line := range strings.Lines(ticks) {
			tell(&p, message{Ticks, line}, message{ActionData, start}, message{ActionStart, start})
			if n := p.Percent(); n < Unknown || n > 100 {
				t.Fatalf("%d percent", n)
			}
			if strings.ContainsAny(p.Line(), "\n\r\x00") {
				t.Fatalf("line %q", p.Line())
			}
		}
	})
}

//go:build linux

package kdialog

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// fake puts a script in kdialog's place that records its arguments.
func fake(t *testing.T, then string) (record string) {
	dir := t.TempDir()
	record = dir + "/record"
	script := "#!/bin/sh\n[ -e " + record + " ] && again=1\n{ printf '%s\\n' \"$@\"; echo ---; } >> " + record + "\n" + then + "\n"
	if err := os.WriteFile(dir+"/kdialog", []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return record
}

func question(kind string, captions ...string) dialog.Question {
	q := dialog.Question{Kind: kind, Title: "Title", Text: "<b>A & B</b>\n\\n", Origin: "Origin", Default: 101, Cancel: protocol.NoButton, Words: dialog.Words{Close: "Close"}}
	for i, caption := range captions {
		q.Buttons = append(q.Buttons, dialog.Button{Number: 101 + i, Caption: caption})
	}
	return q
}

func TestWindows(t *testing.T) {
	const text = "<html>Origin<br/><br/>&lt;b&gt;A &amp; B&lt;/b&gt;<br/>&#92;n</html>"
	cancel := question(protocol.KindPopup, "A & B", "No")
	cancel.Cancel = 102
	input := question(protocol.KindInput, "OK")
	input.Initial = "-x"
	masked := input
	masked.Mask = true
	list := question(protocol.KindChoose, "OK")
	list.Choices = []dialog.Choice{{Value: "a", Caption: "-A"}, {Value: "b", Caption: "B", Selected: true}}
	several := list
	several.Multiple = true
	for name, c := range map[string]struct {
		q      dialog.Question
		script string
		args   []string
		want   protocol.Reply
	}{
		"one":           {question(protocol.KindPopup, "A"), "", []string{"--msgbox", text, "--ok-label", "A"}, protocol.Reply{Button: 101}},
		"none":          {question(protocol.KindNotify), "", []string{"--msgbox", text, "--ok-label", "Close"}, protocol.Reply{Button: -1}},
		"close = No":    {cancel, "exit 1", []string{"--yesno", text, "--yes-label", "A && B", "--no-label", "No"}, protocol.Reply{Button: 102}},
		"second":        {question(protocol.KindPopup, "A", "B"), "exit 1", []string{"--yesnocancel", text, "--yes-label", "A", "--no-label", "B", "--cancel-label", "Close"}, protocol.Reply{Button: 102}},
		"closed":        {question(protocol.KindPopup, "A", "B"), "exit 2", []string{"--yesnocancel", text, "--yes-label", "A", "--no-label", "B", "--cancel-label", "Close"}, protocol.Reply{Button: -1, Status: protocol.StatusDismissed}},
		"input":         {input, "echo 'a b'", []string{"--inputbox", strings.ReplaceAll(text, "&amp;", "&amp;&amp;"), "--", "-x"}, protocol.Reply{Button: 101, Answer: "a b"}},
		"input, closed": {input, "exit 1", []string{"--inputbox", strings.ReplaceAll(text, "&amp;", "&amp;&amp;"), "--", "-x"}, protocol.Reply{Button: -1, Status: protocol.StatusDismissed}},
		"masked":        {masked, "echo x", []string{"--password", text}, protocol.Reply{Button: 101, Answer: "x"}},
		"list":          {list, "echo 1", []string{"--separate-output", "--menu", text, "--", "0", "-A", "1", "B"}, protocol.Reply{Button: 101, Answer: "b"}},
		"checklist":     {several, "echo 0; echo 1", []string{"--separate-output", "--checklist", text, "--", "0", "-A", "off", "1", "B", "on"}, protocol.Reply{Button: 101, Items: []string{"a", "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			record := fake(t, c.script)
			got, err := New().Show(t.Context(), c.q, nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.want.Status == "" {
				c.want.Status = protocol.StatusAnswered
			}
			c.want.Channel, c.want.ShownAt = protocol.ChannelDialog, got.ShownAt
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			raw, err := os.ReadFile(record)
			if err != nil {
				t.Fatal(err)
			}
			want := "--title\nOrigin — Title\n" + strings.Join(c.args, "\n") + "\n---\n"
			if diff := cmp.Diff(want, string(raw)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPattern(t *testing.T) {
	record := fake(t, `[ "$again" ] && echo 42 || echo ab`)
	q := question(protocol.KindInput, "OK")
	q.Pattern, q.Hint = "[0-9]+", "digits"
	reply, err := New().Show(t.Context(), q, nil)
	raw, _ := os.ReadFile(record)
	if err != nil || reply.Answer != "42" || !strings.Contains(string(raw), "digits</html>\n--\nab\n") {
		t.Errorf("reply %+v, %v, %s", reply, err, raw)
	}
}

func TestNoDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	if _, err := New("QT_QPA_PLATFORM=xcb").Show(t.Context(), question(protocol.KindPopup, "A"), nil); !errors.Is(err, dialog.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

func TestUnavailable(t *testing.T) {
	fake(t, "exit 134")
	tick, long := question(protocol.KindPopup, "A"), question(protocol.KindPopup, "A")
	tick.Check, long.Text = "Check", strings.Repeat("long text ", 1000)
	for _, q := range []dialog.Question{tick, long, question(protocol.KindProgress), question(protocol.KindPopup, "A", "B", "C"), question(protocol.KindPopup, "no display"), question(protocol.KindInput, "A", "B")} {
		if _, err := New().Show(t.Context(), q, nil); !errors.Is(err, dialog.ErrUnavailable) {
			t.Errorf("%+v: error %v", q, err)
		}
	}
}

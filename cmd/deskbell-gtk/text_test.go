//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/dialog"
)

func TestCleanIsHarmless(t *testing.T) {
	evil := "a\x00b\x1b[31m\u202egpj.exe\u2066"
	q := clean(dialog.Question{
		Title: evil, Text: evil + "\n\tend", Origin: evil, Sender: evil,
		Buttons: []dialog.Button{{Number: 101, Caption: evil}},
		Choices: []dialog.Choice{{Value: evil, Caption: evil}},
	})
	const want = "ab[31mgpj.exe"
	for _, got := range []string{q.Title, strings.TrimSuffix(q.Text, "\n\tend"), q.Origin, q.Sender, q.Buttons[0].Caption, q.Choices[0].Caption} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if q.Choices[0].Value != evil {
		t.Error("the value of a choice was changed: it would be no answer")
	}
	if !strings.HasSuffix(q.Text, "\n\tend") {
		t.Errorf("%q has lost its lines", q.Text)
	}
}

func TestCleanLeavesItsArgumentAlone(t *testing.T) {
	choices := []dialog.Choice{{Caption: "a\nb"}}
	clean(dialog.Question{Choices: choices})
	if choices[0].Caption != "a\nb" {
		t.Error("clean changed the list it was given")
	}
}

func TestBreakable(t *testing.T) {
	if text := strings.Repeat("a line of short words\n", 100); breakable(text) != text {
		t.Error("short words were broken")
	}
	long := strings.Repeat("x", 10_000)
	broken := breakable(long)
	if strings.ReplaceAll(broken, "\u200b", "") != long {
		t.Error("something else was changed")
	}
	for _, part := range strings.Split(broken, "\u200b") {
		if len(part) > 50 {
			t.Fatalf("%d letters without a break", len(part))
		}
	}
	family := strings.Repeat("👨\u200d👩\u200d👧e\u0301", 500)
	for _, apart := range []string{"\u200d\u200b", "\u200b\u200d", "\u200b\u0301"} {
		if strings.Contains(breakable(family), apart) {
			t.Errorf("a character was taken apart: %+q", apart)
		}
	}
}

func TestIsWebAddress(t *testing.T) {
	for link, want := range map[string]bool{
		"https://example.com/a?b": true, "http://example.com/": false, "https:///x": false,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "": false, "-x": false,
	} {
		if isWebAddress(link) != want {
			t.Errorf("isWebAddress(%q) is %v", link, !want)
		}
	}
}

func TestInRow(t *testing.T) {
	button := func(captions ...string) (q dialog.Question) {
		for _, c := range captions {
			q.Buttons = append(q.Buttons, dialog.Button{Caption: c})
		}
		return q
	}
	for _, test := range []struct {
		q    dialog.Question
		want bool
	}{
		{button("OK", "Cancel"), true},
		{button("Abort", "Retry", "Ignore"), true},
		{button("1", "2", "3", "4", "5", "6"), false},
		{button("OK", strings.Repeat("long ", 7)), false},
		{button(strings.Repeat("x", 25), strings.Repeat("x", 25), strings.Repeat("x", 25)), false},
	} {
		if got := inRow(test.q); got != test.want {
			t.Errorf("inRow(%v) = %v", test.q.Buttons, got)
		}
	}
}

func TestRead(t *testing.T) {
	lines := read(strings.NewReader("{\"host\":1,\"text\":\"one\"}\n\n{\"text\":\"two\"}\nnot JSON\n{\"host\":2}\n{\"text\":\"last\"}"))
	var got []string
	for l := range lines {
		if l.err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, l.question.Text)
	}
	if want := "one two error error last"; strings.Join(got, " ") != want {
		t.Errorf("read %q, want %q", got, want)
	}
}

func TestReadIsBounded(t *testing.T) {
	l := <-read(strings.NewReader(strings.Repeat("x", maxLine+1)))
	if l.err == nil {
		t.Error("a line without end was read")
	}
}

func TestReplyJSON(t *testing.T) {
	for want, r := range map[string]reply{
		`{"status":"answered","button":1,"answer":[]}`: {Status: "answered", Button: 1, Answer: []string{}},
		`{"status":"answered","button":1,"answer":""}`: {Status: "answered", Button: 1, Answer: ""},
		`{"status":"dismissed","button":-1}`:           {Status: "dismissed", Button: -1},
	} {
		if got, err := json.Marshal(r); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

func TestRunWithoutDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "nowhere")
	var out, errs bytes.Buffer
	if code := run(nil, strings.NewReader(""), &out, &errs); code != exitNoDisplay || out.Len() > 0 {
		t.Errorf("exit %d, %q, %q", code, &out, &errs)
	}
	if code := run([]string{"-gtk", "2"}, strings.NewReader(""), &out, &errs); code != exitMissing {
		t.Errorf("GTK 2: exit %d, %q", code, &errs)
	}
	if code := run([]string{"text"}, strings.NewReader(""), &out, &errs); code != exitUsage {
		t.Errorf("argument: exit %d, %q", code, &errs)
	}
}

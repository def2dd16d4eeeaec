package script

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

func load(t *testing.T, text string) (dialog.Dialog, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "user.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

func question(t *testing.T, fields protocol.Fields) (protocol.Message, dialog.Question) {
	t.Helper()
	if fields["Text"] == nil {
		fields["Text"] = "Restart now?"
	}
	m, err := protocol.DecodeMessage(fields)
	if err != nil {
		t.Fatal(err)
	}
	return m, dialog.NewQuestion(m, dialog.Viewer{Languages: []language.Tag{language.German}, Queue: "test"})
}

func TestMalformedScripts(t *testing.T) {
	for text, want := range map[string]string{
		"{}":                                    "line 1: has to have one of button, answer, items, dismiss and timeout",
		"\n\n{\"button\":1,\"answer\":\"x\"}":   "line 3: has to have one of",
		"{\"button\":1}\nhello":                 "line 2: not a JSON object",
		`[1]`:                                   "line 1: not a JSON object",
		`{"button":1} {}`:                       "line 1: more than one JSON object",
		`{"botton":1}`:                          `line 1: not a JSON object of a script: json: unknown field "botton"`,
		`{"button":1.5}`:                        "line 1: button: 1.5 is neither",
		`{"button":""}`:                         `line 1: button: "" is neither`,
		`{"button":null}`:                       "line 1: button: null is neither",
		`{"button":-1}`:                         "line 1: button: -1 is neither",
		`{"match":"(","button":1}`:              "line 1: match is not an RE2 expression",
		`{"after":"1","button":1}`:              `line 1: after: "1" is not a duration`,
		`{"after":"-1s","button":1}`:            `line 1: after: "-1s" is not a duration`,
		`{"times":0,"button":1}`:                "line 1: times: 0 is not a number of times",
		`{"times":"x","button":1}`:              "line 1: not a JSON object",
		`{"dismiss":false}`:                     "line 1: has to have one of",
		strings.Repeat("\n", maxFile+1):         "larger than 1024 KiB",
		"{\"button\":1}\r\n{\"items\":\"a\"}":   "line 2: not a JSON object",
		"\xef\xbb\xbf{\"button\":1}\n{\"x\":1}": "line 2: not a JSON object",
	} {
		_, err := load(t, text)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "user.jsonl") {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("a directory was taken for a script")
	}
}

func TestAnswers(t *testing.T) {
	yesNo := protocol.Fields{"Type": 4}
	custom := protocol.Fields{"Buttons": "Now\nLater", "Buttons.de": "Jetzt\nSpäter", "Check": "Again"}
	input := protocol.Fields{"Kind": "input", "Pattern": `[a-z]+\d*`, "Default": "anna1"}
	one := protocol.Fields{"Kind": "choose", "Choices": "a\nb\nc", "Choices.de": "A\nB\nC", "Default": "b"}
	several := protocol.Fields{"Kind": "choose", "Choices": "a\nb\nc", "Multiple": 1, "Default": "c\na"}
	bar := protocol.Fields{"Kind": "progress", "Cancellable": 1}
	answered := func(button int) protocol.Reply {
		return protocol.Reply{Status: protocol.StatusAnswered, Button: button, Channel: "script"}
	}
	with := func(r protocol.Reply, change func(*protocol.Reply)) protocol.Reply { change(&r); return r }
	for _, c := range []struct {
		fields protocol.Fields
		script string
		want   protocol.Reply
		err    string
	}{
		{yesNo, `{"button":"No"}`, answered(7), ""},
		{yesNo, `{"button":6}`, answered(6), ""},
		{yesNo, `{"button":"Ja"}`, protocol.Reply{}, `line 1: the button Ja is not offered, but "Yes" (6), "No" (7)`},
		{yesNo, "\n" + `{"button":"6"}`, protocol.Reply{}, "line 2: the button 6 is not offered"},
		{yesNo, `{"button":1}`, protocol.Reply{}, "line 1: the button 1 is not offered"},
		{yesNo, `{"answer":"x"}`, protocol.Reply{}, "line 1: popup asks for no text"},
		{protocol.Fields{}, `{"items":["x"]}`, protocol.Reply{}, "line 1: popup asks for no text"},
		{protocol.Fields{"Type": 1}, `{"dismiss":true}`, answered(2), ""},
		{yesNo, `{"dismiss":true}`, protocol.Reply{Status: protocol.StatusDismissed, Button: -1, Channel: "script"}, ""},
		{protocol.Fields{"Type": 4, "Unclosable": 1}, `{"dismiss":true}`, protocol.Reply{}, "line 1: it cannot be closed without a button"},
		{custom, `{"button":"Later"}`, answered(102), ""},
		{custom, `{"button":101,"checked":true}`, with(answered(101), func(r *protocol.Reply) { r.Checked = true }), ""},
		{yesNo, `{"button":6,"checked":true}`, protocol.Reply{}, "line 1: there is no tick box"},
		{input, `{"answer":"bob"}`, with(answered(1), func(r *protocol.Reply) { r.Answer = "bob" }), ""},
		{input, `{"answer":"Bob"}`, protocol.Reply{}, `line 1: the answer "Bob" does not match`},
		{input, `{"answer":"bob\n"}`, protocol.Reply{}, `line 1: the answer "bob\n" has more than one line`},
		{input, `{"button":"OK"}`, with(answered(1), func(r *protocol.Reply) { r.Answer = "anna1" }), ""},
		{input, `{"button":"Cancel"}`, answered(2), ""},
		{input, `{"items":["a","b"]}`, protocol.Reply{}, "line 1: 2 texts where one is asked for"},
		{one, `{"answer":"c"}`, with(answered(1), func(r *protocol.Reply) { r.Answer = "c" }), ""},
		{one, `{"items":["a"]}`, with(answered(1), func(r *protocol.Reply) { r.Answer = "a" }), ""},
		{one, `{"button":1}`, with(answered(1), func(r *protocol.Reply) { r.Answer = "b" }), ""},
		{one, `{"items":["a","b"]}`, protocol.Reply{}, "line 1: 2 items where one is asked for"},
		{one, `{"answer":"A"}`, protocol.Reply{}, `line 1: "A" is not one of the choices`},
		{several, `{"items":["c","b"]}`, with(answered(1), func(r *protocol.Reply) { r.Items = []string{"c", "b"} }), ""},
		{several, `{"items":[]}`, with(answered(1), func(r *protocol.Reply) { r.Items = []string{} }), ""},
		{several, `{"button":1}`, with(answered(1), func(r *protocol.Reply) { r.Items = []string{"a", "c"} }), ""},
		{protocol.Fields{"Kind": "notify"}, `{"button":"OK","checked":true}`, answered(-1), ""},
		{protocol.Fields{"Kind": "notify", "Buttons": "Open"}, `{"button":"Open"}`, answered(101), ""},
		{bar, `{"button":"Cancel"}`, answered(2), ""},
		{bar, `{"dismiss":true}`, answered(2), ""},
		{yesNo, `{"match":"something else","button":6}`, protocol.Reply{}, `no line matches "test\nRestart now?"`},
		{yesNo, "", protocol.Reply{}, "no line matches"},
		{yesNo, `{"match":"^test\nRes","button":6}` + "\n" + `{"button":7}`, answered(6), ""},
		{yesNo, `{"match":"RESTART","button":6}` + "\r\n" + `{"match":"(?i)RESTART","button":7}`, answered(7), ""},
	} {
		m, q := question(t, c.fields)
		d, err := load(t, c.script)
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
			continue
		}
		got, err := d.Show(t.Context(), q, nil)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || errors.Is(err, dialog.ErrUnavailable) {
				t.Errorf("%s to %v: %v, want %q", c.script, c.fields, err, c.err)
			}
			continue
		}
		if err != nil || got.ShownAt.IsZero() {
			t.Errorf("%s to %v: %v", c.script, c.fields, err)
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(protocol.Reply{}, "ShownAt")); diff != "" {
			t.Errorf("%s to %v: %s", c.script, c.fields, diff)
		}
		if _, err := m.Fit(got); err != nil {
			t.Errorf("%s to %v does not fit: %v", c.script, c.fields, err)
		}
	}
}

func TestTimes(t *testing.T) {
	d, err := load(t, `{"button":7,"times":2}`+"\n"+`{"match":"now","button":6,"times":1}`)
	if err != nil {
		t.Fatal(err)
	}
	_, q := question(t, protocol.Fields{"Type": 4})
	for i, want := range []int{7, 7, 6} {
		if r, err := d.Show(t.Context(), q, nil); err != nil || r.Button != want {
			t.Errorf("time %d: %v, %v", i, r.Button, err)
		}
	}
	if _, err := d.Show(t.Context(), q, nil); err == nil {
		t.Error("a line answered more often than it may")
	}
}

func TestAfter(t *testing.T) {
	d, err := load(t, `{"button":7,"after":"1m30s"}`)
	if err != nil {
		t.Fatal(err)
	}
	_, q := question(t, protocol.Fields{"Type": 4})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		r, err := d.Show(t.Context(), q, nil)
		if err != nil || r.Button != 7 || time.Since(start) != 90*time.Second || !r.ShownAt.Equal(start) {
			t.Errorf("%+v, %v after %v", r, err, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, gone)
		defer cancel()
		start := time.Now()
		if _, err := d.Show(ctx, q, nil); !errors.Is(err, gone) || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Nobody presses anything, for however long, until the monitor gives up.
func TestWatching(t *testing.T) {
	for _, c := range []struct {
		fields protocol.Fields
		script string
	}{
		{protocol.Fields{"Type": 4}, `{"timeout":true,"after":"1s"}`},
		{protocol.Fields{"Kind": "progress"}, `{"button":"OK"}`},
		{protocol.Fields{"Kind": "progress"}, `{"dismiss":true}`},
		{protocol.Fields{"Kind": "progress", "Cancellable": 1}, `{"answer":"x"}`},
	} {
		d, err := load(t, c.script)
		if err != nil {
			t.Fatal(err)
		}
		_, q := question(t, c.fields)
		synctest.Test(t, func(t *testing.T) {
			over := errors.New("over")
			ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Hour, over)
			defer cancel()
			updates := make(chan dialog.Question)
			go func() {
				defer close(updates)
				updates <- q
			}()
			start := time.Now()
			if _, err := d.Show(ctx, q, updates); !errors.Is(err, over) || time.Since(start) != 100*time.Hour {
				t.Errorf("%s: %v after %v", c.script, err, time.Since(start))
			}
		})
	}
}

// What is answered is what is on screen by then.
func TestUpdatedQuestion(t *testing.T) {
	d, err := load(t, `{"match":"Which","answer":"d","after":"10s"}`)
	if err != nil {
		t.Fatal(err)
	}
	_, q := question(t, protocol.Fields{"Kind": "choose", "Text": "Which?", "Choices": "a\nb"})
	_, newer := question(t, protocol.Fields{"Kind": "choose", "Text": "And now?", "Choices": "c\nd"})
	synctest.Test(t, func(t *testing.T) {
		updates := make(chan dialog.Question)
		go func() {
			for range 3 {
				updates <- newer
			}
		}()
		if r, err := d.Show(t.Context(), q, updates); err != nil || r.Answer != "d" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"match":"x","button":"OK","after":"1s","checked":true,"times":3}`))
	f.Add([]byte("{\"items\":[\"a\"]}\n\n{\"timeout\":true}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines, err := parse(data)
		if err != nil {
			return
		}
		for _, l := range lines {
			if l.action == 0 || l.match == nil || !l.infinite && l.uses < 1 || l.number < 1 {
				t.Fatalf("%q: %+v", data, l)
			}
		}
	})
}

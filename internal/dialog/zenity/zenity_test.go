//go:build linux

package zenity

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// fake returns a dialog whose zenity is a script: it writes its arguments, a
// line each, and its input to a file, and then runs what it is given.
func fake(t *testing.T, then string) (d *Dialog, record string) {
	dir := t.TempDir()
	record = dir + "/record"
	script := "#!/bin/sh\nn=$(cat " + dir + "/runs 2>/dev/null || echo 0); n=$((n+1)); echo $n > " + dir + "/runs\n" +
		"{ printf '%s\\n' \"$@\"; echo ---; } >> " + record + "; rows=" + record + "\n" + then + "\n"
	if err := os.WriteFile(dir+"/zenity", []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return New(), record
}

func popup(captions ...string) dialog.Question {
	q := dialog.Question{Kind: protocol.KindPopup, Title: "Title", Text: "Text", Origin: "Origin", Icon: protocol.IconNone, Default: 101, Cancel: protocol.NoButton, Words: dialog.Words{Close: "Close", NoMatch: "no match"}}
	for i, caption := range captions {
		q.Buttons = append(q.Buttons, dialog.Button{Number: 101 + i, Caption: caption})
	}
	return q
}

func TestButtons(t *testing.T) {
	for name, c := range map[string]struct {
		script  string
		q       dialog.Question
		status  protocol.Status
		button  int
		choices string
	}{
		"ok":                  {"exit 0", popup("A", "B"), protocol.StatusAnswered, 101, ""},
		"cancel":              {"exit $ZENITY_CANCEL", popup("A", "B"), protocol.StatusAnswered, 102, ""},
		"closed":              {"exit $ZENITY_ESC", popup("A", "B"), protocol.StatusDismissed, -1, ""},
		"extra":               {"echo C; exit $ZENITY_ESC", popup("A", "B", "C"), protocol.StatusAnswered, 103, ""},
		"extra, underscored":  {"echo C__x; exit $ZENITY_ESC", popup("A", "B", "C_x"), protocol.StatusAnswered, 103, ""},
		"extra, twice":        {`for a; do last=$a; done; echo "${last#--extra-button=}"; exit $ZENITY_ESC`, popup("A", "B", "C", "C"), protocol.StatusAnswered, 103, ""},
		"extra, like options": {"echo --timeout=1; exit $ZENITY_ESC", popup("-A", "--B", "--timeout=1"), protocol.StatusAnswered, 103, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := fake(t, c.script)
			reply, err := d.Show(t.Context(), c.q, nil)
			if err != nil {
				t.Fatal(err)
			}
			if reply.Status != c.status || reply.Button != c.button || reply.Channel != protocol.ChannelDialog || reply.ShownAt.IsZero() {
				t.Errorf("reply %+v, want %s, button %d", reply, c.status, c.button)
			}
		})
	}
}

func TestDefaultAndCancel(t *testing.T) {
	q := popup("A", "B", "C", "D")
	q.Default, q.Cancel = 103, 102
	got := lay(q).args(true)
	if diff := cmp.Diff([]string{"--ok-label=C", "--cancel-label=A", "--extra-button=D", "--extra-button=B"}, got); diff != "" {
		t.Errorf("the default button is not OK:\n%s", diff)
	}
	d, _ := fake(t, "exit $ZENITY_ESC")
	reply, err := d.Show(t.Context(), q, nil)
	if err != nil || reply.Status != protocol.StatusAnswered || reply.Button != 102 {
		t.Errorf("closed where Cancel is offered: %+v, %v", reply, err)
	}
	got = layField(q).args(false)
	if diff := cmp.Diff([]string{"--ok-label=A", "--cancel-label=B", "--extra-button=C", "--extra-button=D"}, got); diff != "" {
		t.Errorf("a field's buttons:\n%s", diff)
	}
}

func TestArguments(t *testing.T) {
	d, record := fake(t, "exit 0")
	q := popup("_Yes & no", "--help")
	q.Title, q.Text = "-t", `<b>&amp;\n_`
	if _, err := d.Show(t.Context(), q, nil); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	want := `--title=Origin — -t
--question
--no-markup
--text=Origin

<b>&amp;\n_
--icon-name=
--ok-label=__Yes & no
--cancel-label=--help
---
`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Error(diff)
	}
}

func TestInputIsAskedUntilItMatches(t *testing.T) {
	d, record := fake(t, "[ $n = 1 ] && echo 'ab c' || echo 123")
	q := popup("OK", "Cancel")
	q.Kind, q.Pattern, q.Hint = protocol.KindInput, "[0-9]+", `digits_only\`
	reply, err := d.Show(t.Context(), q, nil)
	if err != nil || reply.Answer != "123" || reply.Button != 101 {
		t.Fatalf("reply %+v, %v", reply, err)
	}
	raw, _ := os.ReadFile(record)
	runs := strings.Split(string(raw), "---\n")
	if strings.Contains(runs[0], "digits") || !strings.Contains(runs[1], `digits__only\\`) || !strings.Contains(runs[1], "--entry-text=ab c\n") {
		t.Errorf("runs:\n%s", raw)
	}
}

func TestMaskedTextIsNotOnTheCommandLine(t *testing.T) {
	d, record := fake(t, "[ $n = 1 ] && echo secret || echo 123")
	q := popup("OK", "Cancel")
	q.Kind, q.Pattern, q.Mask, q.Initial = protocol.KindInput, "[0-9]+", true, "initial"
	if reply, err := d.Show(t.Context(), q, nil); err != nil || reply.Answer != "123" {
		t.Fatalf("reply %+v, %v", reply, err)
	}
	raw, _ := os.ReadFile(record)
	if strings.Contains(string(raw), "secret") || strings.Contains(string(raw), "initial") || strings.Count(string(raw), "--hide-text") != 2 {
		t.Errorf("runs:\n%s", raw)
	}
}

func TestSeveralLines(t *testing.T) {
	d, record := fake(t, `[ $n = 1 ] && exit 0; printf 'a\nb\n'; cat`)
	q := popup("OK", "Cancel")
	q.Kind, q.Multiline, q.Initial = protocol.KindInput, true, "first\nsecond"
	reply, err := d.Show(t.Context(), q, nil)
	if err != nil || reply.Answer != "a\nb\nfirst\nsecond" {
		t.Fatalf("reply %+v, %v", reply, err)
	}
	raw, _ := os.ReadFile(record)
	if !strings.Contains(string(raw), "--text-info\n--editable") || !strings.Contains(string(raw), "--question") {
		t.Errorf("runs:\n%s", raw)
	}
}

func TestChoose(t *testing.T) {
	q := popup("OK", "Cancel")
	q.Kind = protocol.KindChoose
	for _, caption := range []string{"-one", "two,three", "<b>", "one"} {
		q.Choices = append(q.Choices, dialog.Choice{Value: "v" + caption, Caption: caption})
	}
	d, record := fake(t, "cat >> $rows; [ $n = 1 ] || echo 1")
	reply, err := d.Show(t.Context(), q, nil)
	if err != nil || reply.Answer != "vtwo,three" || reply.Items != nil {
		t.Fatalf("nothing chosen, then the second: %+v, %v", reply, err)
	}
	raw, _ := os.ReadFile(record)
	if !strings.Contains(string(raw), "0\n-one\n1\ntwo,three\n2\n<b>\n3\none\n") || strings.Count(string(raw), "---\n") != 2 {
		t.Errorf("runs:\n%s", raw)
	}
	q.Multiple = true
	d, _ = fake(t, "echo 0,2")
	reply, err = d.Show(t.Context(), q, nil)
	if diff := cmp.Diff([]string{"v-one", "v<b>"}, reply.Items); err != nil || diff != "" {
		t.Errorf("two ticked: %v\n%s", err, diff)
	}
	d, _ = fake(t, "echo")
	if reply, err = d.Show(t.Context(), q, nil); err != nil || reply.Items == nil || len(reply.Items) != 0 {
		t.Errorf("none ticked: %+v, %v", reply, err)
	}
}

func TestTickBox(t *testing.T) {
	q := popup("A", "B")
	q.Check = "_Do not ask again"
	for script, checked := range map[string]bool{
		"[ $n = 1 ] && exit $ZENITY_CANCEL; echo 1":           true,
		"[ $n = 1 ] && exit $ZENITY_CANCEL; echo":             false,
		"[ $n = 1 ] && exit $ZENITY_CANCEL; exit $ZENITY_ESC": false,
	} {
		d, _ := fake(t, script)
		reply, err := d.Show(t.Context(), q, nil)
		if err != nil || reply.Button != 102 || reply.Checked != checked {
			t.Errorf("%s: %+v, %v", script, reply, err)
		}
	}
}

func TestProgressLines(t *testing.T) {
	q := popup()
	q.Kind, q.Percent, q.Detail, q.Text = protocol.KindProgress, 100, "file_1\nx", `a\b`
	if got, want := stdin(q), "# Origin\\n\\na\\\\b\\n\\nfile_1 x\npulsate:false\n99\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	q.Percent = -1
	if got := stdin(q); !strings.HasSuffix(got, "\npulsate:true\n") {
		t.Errorf("unknown: %q", got)
	}
}

func TestProgressFollowsAndCancels(t *testing.T) {
	d, _ := fake(t, `while read -r line; do [ "$line" = 42 ] && exit $ZENITY_CANCEL; done; exit 1`)
	q := popup()
	q.Kind, q.Cancellable, q.Cancel = protocol.KindProgress, true, protocol.ButtonCancel
	q.Buttons = []dialog.Button{{Number: protocol.ButtonCancel, Caption: "Stop"}}
	updates := make(chan dialog.Question)
	go func() {
		next := q
		next.Percent = 42
		updates <- next
	}()
	reply, err := d.Show(t.Context(), q, updates)
	if err != nil || reply.Button != protocol.ButtonCancel || reply.Status != protocol.StatusAnswered {
		t.Errorf("reply %+v, %v", reply, err)
	}
}

func TestCancelledContext(t *testing.T) {
	withdrawn := errors.New("withdrawn")
	for _, kind := range []string{protocol.KindPopup, protocol.KindProgress} {
		d, record := fake(t, "exec sleep 60")
		q := popup("A", "B")
		q.Kind = kind
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			await(t, func() bool { _, err := os.Stat(record); return err == nil })
			cancel(withdrawn)
		}()
		if _, err := d.Show(ctx, q, nil); err != withdrawn {
			t.Errorf("%s: error %v, want the cause", kind, err)
		}
	}
}

func TestUnavailable(t *testing.T) {
	t.Run("no program", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		for _, kind := range []string{protocol.KindPopup, protocol.KindProgress} {
			q := popup("A")
			q.Kind = kind
			if _, err := New().Show(t.Context(), q, nil); !errors.Is(err, dialog.ErrUnavailable) {
				t.Errorf("%s: error %v", kind, err)
			}
		}
	})
	t.Run("no display", func(t *testing.T) {
		t.Setenv("DISPLAY", "")
		t.Setenv("WAYLAND_DISPLAY", "")
		_, err := New().Show(t.Context(), popup("A"), nil)
		if !errors.Is(err, dialog.ErrUnavailable) || !strings.Contains(err.Error(), "display") {
			t.Errorf("error %v", err)
		}
	})
}

// await waits until done, within a minute.
func await(t *testing.T, done func() bool) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(time.Minute)
	for !done() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Error("waited in vain for a minute")
			return
		}
	}
}

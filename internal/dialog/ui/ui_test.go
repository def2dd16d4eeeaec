package ui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// fake is a dialog that a test drives.
type fake func(context.Context, dialog.Question, <-chan dialog.Question) (protocol.Reply, error)

func (f fake) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	return f(ctx, q, updates)
}

// shows is a dialog that works and says in its reply who it is.
func shows(name string) dialog.Dialog {
	return fake(func(_ context.Context, q dialog.Question, _ <-chan dialog.Question) (protocol.Reply, error) {
		return protocol.Reply{Status: protocol.StatusAnswered, Channel: name, Answer: q.Text}, nil
	})
}

func fails(err error) dialog.Dialog {
	return fake(func(context.Context, dialog.Question, <-chan dialog.Question) (protocol.Reply, error) {
		return protocol.Reply{}, err
	})
}

var errMissing = fmt.Errorf("start it: %w", dialog.ErrUnavailable)

func desk(native, tty []rung) system {
	return system{native, tty, func(path string) dialog.Dialog { return shows("host " + path) }}
}

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "user")
	if err := os.WriteFile(path, []byte(`{"button":1}`), 0o600); err != nil {
		t.Fatal(err)
	}
	working := desk([]rung{{"window", "", nil, shows("window")}}, []rung{{"tty", "", nil, shows("tty")}})
	headless := desk([]rung{{"window", "", nil, fails(errMissing)}}, []rung{{"tty", "", nil, shows("tty")}})
	q := dialog.Question{Kind: protocol.KindPopup, Buttons: []dialog.Button{{Number: 1}}}
	for _, c := range []struct {
		spec, env string
		system    system
		want      string // channel, or what the error says
	}{
		{"auto", "tty", working, "window"},
		{"", "", working, "window"},
		{"", "tty", working, "tty"},
		{"auto", "", headless, "tty"},
		{"native", "", working, "window"},
		{"native", "", headless, "cannot show a window here (window: start it: "},
		{"tty", "", working, "tty"},
		{"host:/opt/our host", "", working, "host /opt/our host"},
		{`host:C:\ours.exe`, "", working, `host C:\ours.exe`},
		{"script:" + path, "", working, protocol.ChannelScript},
		{"", "script:" + path, working, protocol.ChannelScript},
		{"script:" + path + "x", "", working, "load the script"},
		{"script:", "", working, "a path is missing"},
		{"host:", "", working, "a path is missing"},
		{"script", "", working, "not one of auto"},
		{"Auto", "", working, "not one of auto"},
		{"x:y", "", working, `ui "x:y": not one of auto`},
		{"auto", "", system{}, "nothing is there that shows popup"},
	} {
		t.Setenv(Variable, c.env)
		d, err := open(c.spec, Options{}, c.system)
		var reply protocol.Reply
		if err == nil {
			reply, err = d.Show(t.Context(), q, nil)
		}
		if reply.Channel != c.want && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q with %q: %q, %v; want %q", c.spec, c.env, reply.Channel, err, c.want)
		}
	}
	if len(working.native) != 1 {
		t.Error("opening one dialog changed the list of another")
	}
	if d, err := Open("script:"+path, Options{}); err != nil || d == nil {
		t.Errorf("on this system: %v", err)
	}
}

// The ways of a question say which dialogs are tried, and in which order.
func TestWays(t *testing.T) {
	tried := func(rungs []rung, kind string, ways ...string) string {
		var names []string
		for _, r := range (ladder{rungs: rungs}).arranged(dialog.Question{Kind: kind, Ways: ways}) {
			names = append(names, r.name)
		}
		return strings.Join(names, " ")
	}
	desk := []rung{
		{name: "toast", channel: protocol.ChannelToast, kinds: []string{protocol.KindNotify, protocol.KindPopup}},
		{name: "window", channel: protocol.ChannelDialog},
		{name: "tty", channel: protocol.ChannelTTY},
	}
	host := []rung{{name: "host", channel: protocol.ChannelDialog}}
	user := []rung{{name: "script", channel: protocol.ChannelScript}}
	for _, test := range []struct {
		rungs []rung
		kind  string
		ways  string
		want  string
	}{
		{desk, protocol.KindPopup, "dialog toast wts", "window tty toast"},
		{desk, protocol.KindPopup, "toast dialog", "toast window tty"},
		{desk, protocol.KindPopup, "dialog wall", "window tty"},
		{desk, protocol.KindNotify, "toast", "toast"},
		{desk, protocol.KindInput, "toast dialog", "window tty"},
		{desk, protocol.KindInput, "toast", "window tty"},
		{host, protocol.KindNotify, "toast", "host"},
		{user, protocol.KindPopup, "dialog", "script"},
	} {
		if got := tried(test.rungs, test.kind, strings.Fields(test.ways)...); got != test.want {
			t.Errorf("%s by %s: %s, want %s", test.kind, test.ways, got, test.want)
		}
	}
	if got := tried(desk, protocol.KindPopup); got != "toast window tty" {
		t.Errorf("without ways: %s", got)
	}
}

func TestLadder(t *testing.T) {
	crash := errors.New("crashed")
	for name, c := range map[string]struct {
		rungs []rung
		kind  string
		want  string
		err   error
	}{
		"first":               {[]rung{{"a", "", nil, shows("a")}, {"b", "", nil, shows("b")}}, "popup", "a", nil},
		"by kind":             {[]rung{{"a", "", []string{"notify"}, shows("a")}, {"b", "", nil, shows("b")}}, "popup", "b", nil},
		"its kind":            {[]rung{{"a", "", []string{"notify"}, shows("a")}, {"b", "", nil, shows("b")}}, "notify", "a", nil},
		"unavailable":         {[]rung{{"a", "", nil, fails(errMissing)}, {"b", "", nil, fails(errMissing)}, {"c", "", nil, shows("c")}}, "popup", "c", nil},
		"failed":              {[]rung{{"a", "dialog", nil, fails(crash)}, {"b", "", nil, shows("b")}}, "popup", "dialog", crash},
		"all unavailable":     {[]rung{{"a", "", nil, fails(errMissing)}, {"b", "", nil, fails(errMissing)}}, "popup", "", dialog.ErrUnavailable},
		"none for the kind":   {[]rung{{"a", "", []string{"notify"}, shows("a")}}, "popup", "", dialog.ErrUnavailable},
		"none":                {nil, "popup", "", dialog.ErrUnavailable},
		"failed after others": {[]rung{{"a", "", nil, fails(errMissing)}, {"b", "", nil, fails(crash)}}, "popup", "", crash},
	} {
		d, err := open("native", Options{}, desk(c.rungs, nil))
		if err != nil {
			t.Fatal(err)
		}
		reply, err := d.Show(t.Context(), dialog.Question{Kind: c.kind}, nil)
		if !errors.Is(err, c.err) || reply.Channel != c.want {
			t.Errorf("%s: %q, %v", name, reply.Channel, err)
		}
	}
}

func TestLadderCancelled(t *testing.T) {
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	first := fake(func(context.Context, dialog.Question, <-chan dialog.Question) (protocol.Reply, error) {
		cancel(gone)
		return protocol.Reply{}, errMissing
	})
	for _, rungs := range [][]rung{{{"a", "", nil, first}, {"b", "", nil, shows("b")}}, {{"a", "", nil, first}}} {
		d, err := open("native", Options{}, desk(rungs, nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Show(ctx, dialog.Question{}, nil); !errors.Is(err, gone) {
			t.Errorf("with %d dialogs: %v", len(rungs), err)
		}
	}
}

// An update that came to a dialog which then gave up is not lost, nor is the
// wish to be raised; later ones go to the next dialog.
func TestLadderUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		updates := make(chan dialog.Question)
		first := fake(func(_ context.Context, _ dialog.Question, u <-chan dialog.Question) (protocol.Reply, error) {
			if q := <-u; q.Text != "one" {
				t.Errorf("the first dialog got %q", q.Text)
			}
			updates <- dialog.Question{Text: "two", Raise: true}
			updates <- dialog.Question{Text: "three"}
			return protocol.Reply{}, errMissing
		})
		var seen []string
		second := fake(func(_ context.Context, q dialog.Question, u <-chan dialog.Question) (protocol.Reply, error) {
			seen = append(seen, q.Text, fmt.Sprint(q.Raise))
			updates <- dialog.Question{Text: "four"}
			q = <-u
			seen = append(seen, q.Text, fmt.Sprint(q.Raise))
			close(updates)
			synctest.Wait()
			return protocol.Reply{Status: protocol.StatusAnswered}, nil
		})
		d, err := open("native", Options{}, desk([]rung{{"a", "", nil, first}, {"b", "", nil, second}}, nil))
		if err != nil {
			t.Fatal(err)
		}
		sent := make(chan struct{})
		go func() {
			defer close(sent)
			updates <- dialog.Question{Text: "one"}
		}()
		if _, err := d.Show(t.Context(), dialog.Question{Text: "zero"}, updates); err != nil {
			t.Error(err)
		}
		<-sent
		if got := strings.Join(seen, " "); got != "three true four false" {
			t.Errorf("the second dialog got %s", got)
		}
	})
}

type closer struct {
	dialog.Dialog
	closed *int
}

func (c closer) Close() { *c.closed++ }

func TestLadderClose(t *testing.T) {
	n := 0
	d, err := open("auto", Options{}, desk([]rung{{"a", "", nil, closer{shows("a"), &n}}, {"b", "", nil, shows("b")}}, []rung{{"c", "", nil, closer{shows("c"), &n}}}))
	if err != nil {
		t.Fatal(err)
	}
	d.(interface{ Close() }).Close()
	if n != 2 {
		t.Errorf("%d of 2 were closed", n)
	}
}

//go:build linux

package screen

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/protocol"
	"github.com/deskbell/deskbell/test/bed"
)

// scenario is one question and what a person does about it.
type scenario struct {
	name string
	args []string // of deskbell, without the title
	// act is done before the question goes; nil where the person does nothing.
	act  func(*visit)
	want answer
}

// visit is a scenario under way.
type visit struct {
	*desk
	backend  backend
	title    string
	question *running
	window   *bed.Window
}

// press presses what the backend calls by that name, else keys.
func (v *visit) press(name string, keys ...string) {
	v.t.Helper()
	if places, ok := v.backend.clicks[name]; ok {
		for _, place := range places {
			v.window.Click(place[0], place[1])
		}
		return
	}
	if own, ok := v.backend.keys[name]; ok {
		keys = own
	}
	v.window.Keys(keys...)
}

// shot leaves a picture of one moment more.
func (v *visit) shot(name string) {
	v.t.Helper()
	v.window.Looks()
	v.Shot(shotName(v.t, name))
}

func shotName(t testing.TB, moment string) string {
	name := strings.TrimPrefix(t.Name(), "Test")
	if moment != "" {
		name += "-" + moment
	}
	return strings.NewReplacer("/", "-", " ", "-").Replace(strings.ToLower(name))
}

// id is the message whose text changes.
const id = "on-screen"

var scenarios = []scenario{
	{
		name: "first button",
		args: []string{"ask", "A new version of the accounting program is here.\nInstall it now?", "--button", "Install now", "--button", "Later"},
		act:  func(v *visit) { v.press("first button", "Return") },
		want: answer{Outcome: "answered", Status: protocol.StatusAnswered, Button: 101, Choice: "Install now"},
	},
	{
		name: "second button",
		args: []string{"ask", "This computer has to restart.", "--button", "Restart", "--button", "In an hour", "--button", "Tonight", "--icon", "warning"},
		act:  func(v *visit) { v.press("second button", "Tab", "space") },
		want: answer{Outcome: "answered", Exit: 1, Status: protocol.StatusAnswered, Button: 102, Choice: "In an hour"},
	},
	{
		name: "escape",
		args: []string{"ask", "Keep the old settings?", "--type", "36"},
		act:  func(v *visit) { v.press("escape", "Escape") },
		want: answer{Outcome: "dismissed", Exit: 1, Status: protocol.StatusDismissed, Button: protocol.NoButton},
	},
	{
		name: "escape where cancel is offered",
		args: []string{"ask", "Delete 12 old files?", "--type", "33"},
		act:  func(v *visit) { v.press("escape with cancel", "Escape") },
		want: answer{Outcome: "answered", Exit: 1, Status: protocol.StatusAnswered, Button: 2, Choice: "Cancel"},
	},
	{
		name: "timeout",
		args: []string{"ask", "Shall the report be sent?", "--timeout", "4", "--countdown-text", "It is sent in {time}", "--button", "Send", "--button", "Wait"},
		want: answer{Outcome: "timeout", Exit: 5, Status: protocol.StatusTimeout, Button: protocol.NoButton},
	},
	{
		name: "input",
		args: []string{"input", "What is this computer called?"},
		act: func(v *visit) {
			v.window.Type("Front desk 2 (a@b)")
			v.shot("typed")
			v.press("submit", "Return")
		},
		want: answer{Outcome: "answered", Status: protocol.StatusAnswered, Button: 1, Choice: "OK", Answer: "Front desk 2 (a@b)"},
	},
	{
		name: "pattern",
		args: []string{"input", "Which room?", "--pattern", "[0-9]{3}", "--hint", "Three digits, please"},
		act: func(v *visit) {
			v.window.Type("12x")
			v.press("submit", "Return")
			if v.backend.reopens {
				v.window.Reopened()
			}
			v.shot("refused")
			v.press("select all", "ctrl+a")
			v.window.Type("127")
			v.press("submit", "Return")
		},
		want: answer{Outcome: "answered", Status: protocol.StatusAnswered, Button: 1, Choice: "OK", Answer: "127"},
	},
	{
		name: "password",
		args: []string{"input", "Password of the archive", "--mask", "--icon", "shield", "--sender", "IT department"},
		act: func(v *visit) {
			v.window.Type("open sesame")
			v.shot("typed")
			v.press("submit", "Return")
		},
		want: answer{Outcome: "answered", Status: protocol.StatusAnswered, Button: 1, Choice: "OK", Answer: "open sesame"},
	},
	{
		name: "two items",
		args: []string{"choose", "Which parts shall be installed?", "Editor", "Spelling", "Fonts", "--multiple"},
		act: func(v *visit) {
			v.press("tick two", "space", "Down", "Down", "space")
			v.shot("ticked")
			v.press("submit list", "Return")
		},
		want: answer{Outcome: "answered", Status: protocol.StatusAnswered, Button: 1, Choice: "OK", Answer: []any{"Editor", "Fonts"}},
	},
	{
		name: "update",
		args: []string{"ask", "Three programs are in the way.", "--button", "Close them", "--button", "Later", "--id", id},
		act: func(v *visit) {
			before := v.window.Looks()
			if err := v.box.set(id, "Text", "One program is in the way now: the editor."); err != nil {
				v.t.Fatal(err)
			}
			v.window.Changes(before)
			v.shot("updated")
			v.press("first button", "Return")
		},
		want: answer{Outcome: "answered", Status: protocol.StatusAnswered, Button: 101, Choice: "Close them"},
	},
}

func TestWindow(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			for _, s := range scenarios {
				t.Run(s.name, func(t *testing.T) { play(t, b, s) })
			}
		})
	}
}

// play puts the question of a scenario on a desk of its own, and has a person
// answer it.
func play(t *testing.T, b backend, s scenario) {
	v := &visit{desk: b.open(t), backend: b, title: "Deskbell " + s.name}
	v.question = v.run(append(s.args, "--title", v.title, "--json", "--launch", "never")...)
	v.window = v.Window(v.title)
	v.window.Activate()
	v.Shot(shotName(t, ""))
	if s.act != nil {
		s.act(v)
	}
	v.window.Gone()
	if diff := cmp.Diff(s.want, v.question.answer()); diff != "" {
		t.Errorf("answer (-want +got):\n%s\n%s", diff, v.question.errors())
	}
}

// A message that its sender takes back leaves neither window nor claim.
func TestWithdrawn(t *testing.T) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			d := b.open(t)
			if err := d.box.put(id, map[string]string{"Title": "Deskbell withdrawn", "Text": "Never mind."}); err != nil {
				t.Fatal(err)
			}
			w := d.Window("Deskbell withdrawn")
			w.Activate()
			d.Shot(shotName(t, ""))
			if !d.box.claimed(id) {
				t.Error("on screen, and not claimed")
			}
			if err := d.box.remove(id); err != nil {
				t.Fatal(err)
			}
			w.Gone()
			d.Wait("the claim to go", func() bool { return !d.box.claimed(id) })
		})
	}
}

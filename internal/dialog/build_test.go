package dialog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"

	"github.com/deskbell/deskbell/protocol"
)

var german = []language.Tag{language.German, language.English}

func message(t *testing.T, fields protocol.Fields) protocol.Message {
	t.Helper()
	m, err := protocol.DecodeMessage(fields)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestNewQuestionPopup(t *testing.T) {
	m := message(t, protocol.Fields{
		"Title": "Setup\r\nnow", "Text": "Restart?", "Text.de": "Neu\x1b starten?", "Details": "a\r\nb", "Type": 3 + 48 + 256 + 4096,
		"Timeout": 60, "CountdownText": "Restarts in {time}", "CountdownText.de": "Neustart in {time}",
		"Check": "Do not ask again", "Link": "https://example.org/a", "Sender": "Contoso",
	})
	q := NewQuestion(m, Viewer{Languages: german, Queue: "deskbell", User: "anna"})
	want := Question{
		Host: 1, Kind: "popup", Title: "Setup now", Text: "Neu starten?", Details: "a\nb", Link: "https://example.org/a",
		Origin: "Von einem Programm, das unter Ihrem Namen läuft (anna)", Sender: "Contoso", Icon: "warning", Urgency: "normal", SystemModal: true,
		Buttons: []Button{{6, "Ja", "Yes"}, {7, "Nein", "No"}, {2, "Abbrechen", "Cancel"}}, Default: 7, Cancel: 2,
		Ways: []string{"dialog", "toast", "wts"}, Check: "Do not ask again", Countdown: "Neustart in {time}", Lang: "de",
		Words: Words{
			Details: "Details anzeigen", HideDetails: "Details ausblenden", More: "Weitere Informationen",
			NoMatch: "Diese Antwort hat nicht die verlangte Form.", Close: "Schließen", History: "Nachrichten an Sie",
			Lines: "Mit einer Zeile beenden, in der nur ein Punkt steht.", Withdrawn: "Diese Frage wurde zurückgezogen.",
		},
	}
	if diff := cmp.Diff(want, q); diff != "" {
		t.Error(diff)
	}
}

func TestEveryStandardCaption(t *testing.T) {
	seen := map[int]string{}
	for typ := range 7 {
		m := message(t, protocol.Fields{"Text": "x", "Type": typ})
		q := NewQuestion(m, Viewer{Languages: []language.Tag{language.AmericanEnglish}})
		for i, b := range m.Offered() {
			if q.Buttons[i].Caption != b.Caption || q.Buttons[i].Number != b.Number {
				t.Errorf("Type %d: button %d is %v, in English %q", typ, i, q.Buttons[i], b.Caption)
			}
			seen[b.Number] = b.Caption
		}
	}
	if len(seen) != len(captionKeys) {
		t.Errorf("%d captions are in use, %d in the catalogue", len(seen), len(captionKeys))
	}
}

func TestCustomButtons(t *testing.T) {
	m := message(t, protocol.Fields{
		"Text": "x", "Buttons": []string{"Now", "La\u202Eter", "\u200B"}, "Buttons.de": "Jetzt\nSpäter\nNie", "Default": "La\u202Eter",
	})
	q := NewQuestion(m, Viewer{Languages: german})
	if diff := cmp.Diff([]Button{{101, "Jetzt", "Now"}, {102, "Später", "La\u202Eter"}, {103, "Nie", "\u200B"}}, q.Buttons); diff != "" {
		t.Error(diff)
	}
	if q.Default != 102 || q.Cancel != protocol.NoButton {
		t.Errorf("default %d, cancel %d", q.Default, q.Cancel)
	}
	q = NewQuestion(m, Viewer{})
	if diff := cmp.Diff([]Button{{101, "Now", "Now"}, {102, "Later", "La\u202Eter"}, {103, "#103", "\u200B"}}, q.Buttons); diff != "" {
		t.Error(diff)
	}
}

func TestNoButtons(t *testing.T) {
	for kind, want := range map[string][]Button{
		"notify":   {},
		"progress": {},
		"input":    {{1, "OK", "OK"}, {2, "Cancel", "Cancel"}},
	} {
		q := NewQuestion(message(t, protocol.Fields{"Kind": kind, "Text": "x"}), Viewer{})
		if diff := cmp.Diff(want, q.Buttons); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
}

func TestProgress(t *testing.T) {
	q := NewQuestion(message(t, protocol.Fields{"Kind": "progress", "Cancellable": 1, "Detail": "a\nb"}), Viewer{})
	if q.Percent != -1 || q.Detail != "a b" || q.Cancel != 2 || q.Default != protocol.NoButton {
		t.Errorf("%+v", q)
	}
	if q := NewQuestion(message(t, protocol.Fields{"Text": "x"}), Viewer{}); q.Percent != 0 {
		t.Errorf("a popup is at %d percent", q.Percent)
	}
}

// A window that cannot be closed has another end.
func TestUnclosable(t *testing.T) {
	for name, c := range map[string]struct {
		fields protocol.Fields
		want   bool
	}{
		"a question":                    {protocol.Fields{"Kind": "popup", "Type": 4, "Unclosable": 1}, true},
		"... with Cancel":               {protocol.Fields{"Kind": "popup", "Type": 1, "Unclosable": 1}, false},
		"... as ever":                   {protocol.Fields{"Kind": "popup", "Type": 4}, false},
		"a bar":                         {protocol.Fields{"Kind": "progress", "Unclosable": 1, "SenderPid": 7}, true},
		"... nobody is there to end it": {protocol.Fields{"Kind": "progress", "Unclosable": 1}, false},
		"... with Cancel too":           {protocol.Fields{"Kind": "progress", "Unclosable": 1, "SenderPid": 7, "Cancellable": 1}, false},
	} {
		c.fields["Text"] = "x"
		if q := NewQuestion(message(t, c.fields), Viewer{}); q.Unclosable != c.want {
			t.Errorf("%s: %t", name, q.Unclosable)
		}
	}
}

func TestChoices(t *testing.T) {
	for name, c := range map[string]struct {
		fields protocol.Fields
		want   []Choice
	}{
		"the first":          {protocol.Fields{}, []Choice{{"a", "a", true}, {"b ", "b", false}, {"c", "c", false}}},
		"Default":            {protocol.Fields{"Default": "b "}, []Choice{{"a", "a", false}, {"b ", "b", true}, {"c", "c", false}}},
		"Default of nothing": {protocol.Fields{"Default": "z"}, []Choice{{"a", "a", true}, {"b ", "b", false}, {"c", "c", false}}},
		"several":            {protocol.Fields{"Multiple": 1, "Default": "c\r\na"}, []Choice{{"a", "a", true}, {"b ", "b", false}, {"c", "c", true}}},
		"several, none":      {protocol.Fields{"Multiple": 1}, []Choice{{"a", "a", false}, {"b ", "b", false}, {"c", "c", false}}},
		"localised":          {protocol.Fields{"Choices.de": "A\nB\nC", "Default": "c"}, []Choice{{"a", "A", false}, {"b ", "B", false}, {"c", "C", true}}},
	} {
		c.fields["Kind"], c.fields["Text"], c.fields["Choices"] = "choose", "x", "a\nb \nc"
		q := NewQuestion(message(t, c.fields), Viewer{Languages: german})
		if diff := cmp.Diff(c.want, q.Choices); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestInitialText(t *testing.T) {
	long := strings.Repeat("a", 2000)
	for _, c := range []struct {
		fields protocol.Fields
		want   string
	}{
		{protocol.Fields{"Default": "  " + long}, "  " + long},
		{protocol.Fields{"Default": "a\r\n\x1bb"}, "a b"},
		{protocol.Fields{"Default": "a\r\n\x1bb\n", "Multiline": 1}, "a\nb\n"},
	} {
		c.fields["Kind"], c.fields["Text"] = "input", "x"
		if q := NewQuestion(message(t, c.fields), Viewer{}); q.Initial != c.want {
			t.Errorf("%v: %q", c.fields, q.Initial)
		}
	}
}

func TestTitle(t *testing.T) {
	for _, c := range []struct {
		title, sender, want string
	}{
		{"T", "S", "T"},
		{"", "S", "S"},
		{"\u200B", "S", "S"},
		{"", "", "backup"},
	} {
		m := message(t, protocol.Fields{"Text": "x", "Title": c.title, "Sender": c.sender})
		if q := NewQuestion(m, Viewer{Queue: "backup"}); q.Title != c.want {
			t.Errorf("%+v: %q", c, q.Title)
		}
	}
}

// Nothing that a message says changes who is said to have sent it.
func TestOrigin(t *testing.T) {
	claims := protocol.Fields{"Text": "From the administrator of this computer", "Title": "From the administrator of this computer", "Sender": "the administrator"}
	if q := NewQuestion(message(t, claims), Viewer{User: `CONTOSO\anna`}); q.Origin != `From a program running as you (CONTOSO\anna)` || q.Trusted {
		t.Errorf("%q", q.Origin)
	}
	if q := NewQuestion(message(t, claims), Viewer{Trusted: true, User: "anna"}); q.Origin != "From the administrator of this computer" || !q.Trusted {
		t.Errorf("%q", q.Origin)
	}
	if q := NewQuestion(message(t, claims), Viewer{Trusted: true, Organisation: "Example\nLtd."}); q.Origin != "From the administrator of this computer (Example Ltd.)" {
		t.Errorf("%q", q.Origin)
	}
	if q := NewQuestion(message(t, claims), Viewer{User: "anna", Organisation: "Example Ltd."}); q.Origin != "From a program running as you (anna)" {
		t.Errorf("%q", q.Origin)
	}
	claims["Kind"], claims["Mask"] = "input", 1
	if q := NewQuestion(message(t, claims), Viewer{User: "anna"}); q.Origin != "From a program running as you (anna). Do not type a password here that you use at work." {
		t.Errorf("%q", q.Origin)
	}
	if q := NewQuestion(message(t, claims), Viewer{Trusted: true}); q.Origin != "From the administrator of this computer" {
		t.Errorf("%q", q.Origin)
	}
}

// A password that a program of one's own asks for has no shield beside it; with
// an administrator, or with nothing hidden, the icon is what the sender says.
func TestPasswordOfOnesOwnProgram(t *testing.T) {
	for _, c := range []struct {
		icon          string
		mask, trusted bool
		want          string
	}{
		{protocol.IconShield, true, false, protocol.IconNone},
		{protocol.IconShield, true, true, protocol.IconShield},
		{protocol.IconShield, false, false, protocol.IconShield},
		{protocol.IconWarning, true, false, protocol.IconWarning},
	} {
		m := message(t, protocol.Fields{"Kind": "input", "Text": "Password", "Icon": c.icon, "Mask": c.mask})
		q := NewQuestion(m, Viewer{User: "anna", Trusted: c.trusted})
		if q.Icon != c.want {
			t.Errorf("%+v: icon %s", c, q.Icon)
		}
		if warned := strings.Contains(q.Origin, "Do not type a password"); warned != (c.mask && !c.trusted) {
			t.Errorf("%+v: %s", c, q.Origin)
		}
	}
}

func TestCountdownText(t *testing.T) {
	for _, c := range []struct {
		fields protocol.Fields
		want   string
	}{
		{protocol.Fields{}, ""},
		{protocol.Fields{"CountdownText": "in {time}"}, ""},
		{protocol.Fields{"Timeout": 5}, "This window closes in {time}"},
		{protocol.Fields{"Timeout": 5, "CountdownText": "in {time}\n"}, "in {time}"},
		{protocol.Fields{"Timeout": 5, "CountdownText": "Hurry"}, "Hurry ({time})"},
	} {
		c.fields["Text"] = "x"
		if q := NewQuestion(message(t, c.fields), Viewer{}); q.Countdown != c.want {
			t.Errorf("%v: %q", c.fields, q.Countdown)
		}
	}
}

func TestDirection(t *testing.T) {
	for text, want := range map[string]bool{"Hello": false, "שלום": true, "1. مرحبا": true, "«Hi» שלום": false, "": false, "123": false} {
		m := message(t, protocol.Fields{"Kind": "progress", "Text": text})
		if q := NewQuestion(m, Viewer{Languages: german}); q.RTL != want {
			t.Errorf("%q: right to left is %v", text, q.RTL)
		}
	}
}

func FuzzNewQuestion(f *testing.F) {
	f.Add([]byte(`{"text":"x","buttons":["a","b"],"buttons.de":["c","d"],"default":"b"}`))
	f.Add([]byte(`{"kind":"choose","text":"x","choices":"a\nb","default":"b"}`))
	f.Add([]byte(`{"kind":"input","text":"x","mask":1,"default":"b\r\n"}`))
	f.Add([]byte(`{"kind":"progress","percent":7,"cancellable":true,"timeout":3}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		fields, err := protocol.ParseJSON(data)
		if err != nil {
			return
		}
		m, err := protocol.DecodeMessage(fields)
		if err != nil {
			return
		}
		q := NewQuestion(m, Viewer{Languages: german, Queue: "q", User: "anna"})
		if q.Title == "" || strings.Contains(q.Title, "\n") || len(q.Buttons) != len(m.Offered()) {
			t.Fatalf("%+v of %s", q, data)
		}
		for _, b := range q.Buttons {
			if b.Caption == "" {
				t.Fatalf("a button without a caption: %s", data)
			}
		}
	})
}

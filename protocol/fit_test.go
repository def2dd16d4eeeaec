package protocol

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFit(t *testing.T) {
	popup := Message{Kind: KindPopup, Type: 4, Check: "again"}
	custom := Message{Kind: KindPopup, Buttons: []string{"Now", "Later"}}
	input := Message{Kind: KindInput, Pattern: "[a-z]+"}
	lines := Message{Kind: KindInput, Multiline: true}
	one := Message{Kind: KindChoose, Choices: []string{"a", "b"}}
	several := Message{Kind: KindChoose, Choices: []string{"a", "b", "b"}, Multiple: true}
	notice := Message{Kind: KindNotify, Buttons: []string{"Open"}}
	bar := Message{Kind: KindProgress, Cancellable: true}
	control := Message{Kind: KindControl, Command: CommandPing}
	added := Message{Kind: "backup"}
	sealed := Message{Kind: KindInput, SealTo: "x", Pattern: "[a-z]+"}
	box := base64.StdEncoding.EncodeToString(make([]byte, 48))
	a := StatusAnswered
	for _, c := range []struct {
		m    Message
		r    Reply
		want Reply
		err  string
	}{
		{popup, Reply{Status: a, Button: 6}, Reply{Status: a, Button: 6, Choice: "Yes"}, ""},
		{popup, Reply{Status: a, Button: 7, Choice: "No", Checked: true}, Reply{Status: a, Button: 7, Choice: "No", Checked: true}, ""},
		{popup, Reply{Status: a, Button: 7, Choice: "Nein"}, Reply{}, `field Choice: "Nein" is not the caption of button 7`},
		{popup, Reply{Status: a, Button: 1}, Reply{}, "field Button: 1 was not offered"},
		{popup, Reply{Status: a, Button: 101}, Reply{}, "field Button: 101 was not offered"},
		{popup, Reply{Status: a, Button: NoButton}, Reply{}, "field Button: answered without a button"},
		{popup, Reply{Status: a, Button: NoButton, Choice: "Yes"}, Reply{}, "field Choice: given without a button"},
		{popup, Reply{Status: a, Button: 6, Answer: "x"}, Reply{}, "field Answer: was not asked for"},
		{popup, Reply{Status: a, Button: 6, Items: []string{"x"}}, Reply{}, "field Answer: was not asked for"},
		{popup, Reply{Status: StatusShown}, Reply{}, `field Status: "shown" is not the status of a reply`},
		{popup, Reply{Status: StatusWaiting}, Reply{}, `field Status: "waiting" is not the status of a reply`},
		{popup, Reply{Status: ""}, Reply{}, `field Status: "" is not the status of a reply`},
		{popup, Reply{Status: "ANSWERED"}, Reply{}, `field Status: "ANSWERED" is not the status of a reply`},
		{popup, Reply{Status: StatusDismissed, Button: NoButton, Checked: true}, Reply{Status: StatusDismissed, Button: NoButton, Checked: true}, ""},
		{popup, Reply{Status: StatusTimeout, Button: 6}, Reply{}, "field Button: 6 with status timeout"},
		{popup, Reply{Status: StatusExpired, Button: NoButton, Answer: "x"}, Reply{}, "field Answer: given with status expired"},
		{popup, Reply{Status: StatusSkipped, Button: NoButton, Choice: "Yes"}, Reply{}, "field Choice: given with status skipped"},
		{popup, Reply{Status: StatusRejected, Button: NoButton, Error: "no"}, Reply{Status: StatusRejected, Button: NoButton, Error: "no"}, ""},
		{popup, Reply{Status: StatusFailed, Button: NoButton}, Reply{Status: StatusFailed, Button: NoButton}, ""},
		{custom, Reply{Status: a, Button: 102}, Reply{Status: a, Button: 102, Choice: "Later"}, ""},
		{custom, Reply{Status: a, Button: 103}, Reply{}, "field Button: 103 was not offered"},
		{custom, Reply{Status: a, Button: 101, Checked: true}, Reply{}, "field Checked: no tick box was offered"},

		{input, Reply{Status: a, Button: 1, Answer: "abc"}, Reply{Status: a, Button: 1, Choice: "OK", Answer: "abc"}, ""},
		{input, Reply{Status: a, Button: 1, Answer: "abc1"}, Reply{}, "field Answer: does not match the pattern"},
		{input, Reply{Status: a, Button: 1, Answer: ""}, Reply{}, "field Answer: does not match the pattern"},
		{input, Reply{Status: a, Button: 1, Answer: "abc\n"}, Reply{}, "field Answer: has more than one line"},
		{input, Reply{Status: a, Button: 1, Items: []string{"abc"}}, Reply{}, "field Answer: is a list"},
		{input, Reply{Status: a, Button: 2}, Reply{Status: a, Button: 2, Choice: "Cancel"}, ""},
		{input, Reply{Status: a, Button: 2, Answer: "abc"}, Reply{}, "field Answer: was not asked for"},
		{input, Reply{Status: StatusTimeout, Button: NoButton, Answer: "abc"}, Reply{}, "field Answer: given with status timeout"},
		{lines, Reply{Status: a, Button: 1, Answer: "a\r\nb\n"}, Reply{Status: a, Button: 1, Choice: "OK", Answer: "a\r\nb\n"}, ""},
		{lines, Reply{Status: a, Button: 1, Answer: "a\x00b"}, Reply{}, "field Answer: is not text"},
		{lines, Reply{Status: a, Button: 1, Answer: "a\xff"}, Reply{}, "field Answer: is not text"},
		{lines, Reply{Status: a, Button: 1, Answer: strings.Repeat("a", MaxField+1)}, Reply{}, "field Answer: larger than 64 KiB"},
		{sealed, Reply{Status: a, Button: 1, Answer: box}, Reply{Status: a, Button: 1, Choice: "OK", Answer: box}, ""},
		{sealed, Reply{Status: a, Button: 1, Answer: "abc"}, Reply{}, "field Answer: is not sealed"},
		{sealed, Reply{Status: a, Button: 1, Answer: box[4:]}, Reply{}, "field Answer: is not sealed"},

		{one, Reply{Status: a, Button: 1, Answer: "b"}, Reply{Status: a, Button: 1, Choice: "OK", Answer: "b"}, ""},
		{one, Reply{Status: a, Button: 1, Answer: "c"}, Reply{}, "field Answer: is not one of the choices"},
		{one, Reply{Status: a, Button: 1}, Reply{}, "field Answer: is not one of the choices"},
		{one, Reply{Status: a, Button: 1, Items: []string{"a"}}, Reply{}, "field Answer: is not one of the choices"},
		{several, Reply{Status: a, Button: 1, Items: []string{"b", "a"}}, Reply{Status: a, Button: 1, Choice: "OK", Items: []string{"b", "a"}}, ""},
		{several, Reply{Status: a, Button: 1, Answer: "b\r\na\r\n"}, Reply{Status: a, Button: 1, Choice: "OK", Items: []string{"b", "a"}}, ""},
		{several, Reply{Status: a, Button: 1}, Reply{Status: a, Button: 1, Choice: "OK", Items: []string{}}, ""},
		{several, Reply{Status: a, Button: 1, Items: []string{"b", "b"}}, Reply{Status: a, Button: 1, Choice: "OK", Items: []string{"b", "b"}}, ""},
		{several, Reply{Status: a, Button: 1, Items: []string{"a", "a"}}, Reply{}, `field Answer: "a" is in it twice`},
		{several, Reply{Status: a, Button: 1, Items: []string{"c"}}, Reply{}, `field Answer: "c" is not one of the choices`},
		{several, Reply{Status: a, Button: 2, Items: []string{"a"}}, Reply{}, "field Answer: was not asked for"},

		{notice, Reply{Status: a, Button: NoButton}, Reply{Status: a, Button: NoButton}, ""},
		{notice, Reply{Status: a, Button: 101}, Reply{Status: a, Button: 101, Choice: "Open"}, ""},
		{notice, Reply{Status: a, Button: 1}, Reply{}, "field Button: 1 was not offered"},
		{notice, Reply{Status: a, Button: NoButton, Answer: "x"}, Reply{}, "field Answer: was not asked for"},
		{bar, Reply{Status: a, Button: NoButton}, Reply{Status: a, Button: NoButton}, ""},
		{bar, Reply{Status: a, Button: 2}, Reply{Status: a, Button: 2, Choice: "Cancel"}, ""},
		{bar, Reply{Status: a, Button: 1}, Reply{}, "field Button: 1 was not offered"},
		{control, Reply{Status: a, Button: NoButton}, Reply{Status: a, Button: NoButton}, ""},
		{control, Reply{Status: a, Button: 1}, Reply{}, "field Button: 1 was not offered"},
		{added, Reply{Status: a, Button: NoButton, Answer: "done"}, Reply{Status: a, Button: NoButton, Answer: "done"}, ""},
		{added, Reply{Status: a, Button: 1, Items: []string{"x"}}, Reply{Status: a, Button: 1, Choice: "OK", Items: []string{"x"}}, ""},
		{added, Reply{Status: a, Button: 7}, Reply{}, "field Button: 7 was not offered"},
	} {
		got, err := c.m.Fit(c.r)
		if c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("%s %+v: %v, want %s", c.m.Kind, c.r, err, c.err)
			}
			continue
		}
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s %+v: %v %s", c.m.Kind, c.r, err, diff)
		}
	}
}

// The whole answer has to match, whatever the pattern is made of.
func TestMatches(t *testing.T) {
	for _, c := range []struct {
		pattern, answer string
		want            bool
	}{
		{"", "anything\n", true},
		{"a|b", "a", true},
		{"a|b", "ab", false},
		{"a", "a\n", false},
		{"(?i)abc", "ABC", true},
		{"(?m)^a$", "a\na", false},
		{"^a$", "a", true},
		{"a*", "", true},
		{"a)(b", "ab", false},
		{`\d{4}-\d\d`, "2026-01", true},
		{".+", "a\nb", false},
		{"(?s).+", "a\nb", true},
	} {
		if got := (Message{Pattern: c.pattern}).Matches(c.answer); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.answer, got)
		}
	}
}

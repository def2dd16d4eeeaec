package protocol

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The same message, as the many who write one do.
func TestForeignForms(t *testing.T) {
	want := NewMessage(KindChoose)
	want.Text, want.Title, want.Timeout, want.Multiple, want.SenderStarted = "Which?", "T", 90, true, "133512345678901234"
	want.Choices, want.Percent = []string{"a", "b c"}, -1
	want.Expires = time.Date(2026, 1, 31, 15, 0, 0, 0, time.UTC)
	for name, fields := range map[string]Fields{
		"canonical":           {"Kind": "choose", "Text": "Which?", "Title": "T", "Timeout": 90, "Multiple": true, "Choices": []string{"a", "b c"}, "SenderStarted": "133512345678901234", "Expires": "2026-01-31T15:00:00Z"},
		"decimal text, lines": {"Kind": "choose", "Text": "Which?", "Title": "T", "Timeout": " 90 ", "Multiple": "1", "Choices": "a\r\nb c\r\n", "SenderStarted": "133512345678901234", "Expires": "2026-01-31T16:00:00+01:00"},
		"any case":            {"KIND": "choose", "text": "Which?", "tItLe": "T", "timeout": 90, "multiple": "TRUE", "choices": "a\nb c", "senderstarted": "133512345678901234", "EXPIRES": " 2026-01-31T15:00:00.000Z "},
		"VBScript":            {"Kind": "choose", "Text": "Which?", "Title": "T", "Timeout": "90", "Multiple": 0xFFFFFFFF, "Choices": []string{"a", "b c"}, "SenderStarted": 133512345678901234, "Expires": "2026-01-31T15:00:00Z"},
		"VBScript's text":     {"Kind": "choose", "Text": "Which?", "Title": "T", "Timeout": 90, "Multiple": "-1", "Choices": "a\nb c", "SenderStarted": 133512345678901234, "Expires": "2026-01-31T15:00:00Z"},
		"Ready, nulls":        {"ready": 1, "Kind": "choose", "Text": "Which?", "Title": "T", "Timeout": 90, "Multiple": "true", "Choices": "a\nb c", "SenderStarted": "133512345678901234", "Details": nil, "Unknown": nil, "Expires": "2026-01-31T15:00:00Z"},
		"text as a list":      {"Kind": []string{"choose"}, "Text": "Which?", "Title": []string{"T"}, "Timeout": 90, "Multiple": 1, "Choices": "a\nb c", "SenderStarted": "133512345678901234", "Expires": "2026-01-31T15:00:00Z"},
		"minus one":           {"Percent": 0xFFFFFFFF, "Kind": "choose", "Text": "Which?", "Title": "T", "Timeout": 90, "Multiple": 1, "Choices": "a\nb c", "SenderStarted": "133512345678901234", "Expires": "2026-01-31T15:00:00Z"},
	} {
		got, err := DecodeMessage(fields)
		got.Expires = got.Expires.UTC()
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestForeignReplies(t *testing.T) {
	for name, c := range map[string]struct {
		fields Fields
		want   Reply
	}{
		"a claim without a pid": {Fields{"status": "shown"}, Reply{Status: StatusShown, Button: NoButton}},
		"nothing yet":           {Fields{}, Reply{Button: NoButton}},
		"DWORD":                 {Fields{"Button": 0xFFFFFFFF, "Ready": 1, "Checked": 0xFFFFFFFF}, Reply{Button: NoButton, Ready: true, Checked: true}},
		"decimal":               {Fields{"BUTTON": "-1", "READY": "1"}, Reply{Button: NoButton, Ready: true}},
		"a number for text":     {Fields{"Answer": 5, "Session": 2}, Reply{Button: NoButton, Answer: "5", Session: "2"}},
		"nobody's field":        {Fields{"Answer": "x", "Shape": []any{1}}, Reply{Button: NoButton, Answer: "x"}},
		"no item":               {Fields{"Answer": []string{}}, Reply{Button: NoButton, Items: []string{}}},
	} {
		got, err := DecodeReply(c.fields)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// What a script author is told, word for word.
func TestRejections(t *testing.T) {
	list := func(n int) []string {
		items := make([]string, n)
		for i := range items {
			items[i] = "i"
		}
		return items
	}
	for _, c := range []struct {
		fields Fields
		want   string
	}{
		{Fields{"Type": "abc"}, `field Type: "abc" is not a number`},
		{Fields{"type": ""}, `field Type: "" is not a number`},
		{Fields{"Type": true, "Text": nil}, "field Text: is required for popup"},
		{Fields{"Type": 1.5}, "field Type: 1.5 is not a whole number"},
		{Fields{"Type": 1e20}, "field Type: 100000000000000000000 is not a whole number"},
		{Fields{"Type": []string{"1"}}, "field Type: a list is not a number"},
		{Fields{"Type": Opaque("a value of REG_BINARY")}, "field Type: a value of REG_BINARY is not a number"},
		{Fields{"Type": 7}, "field Type: 7 has no set of buttons: its lowest part must be 0 to 6"},
		{Fields{"Type": -1}, "field Type: -1 is not between 0 and 2147483647"},
		{Fields{"Timeout": -1}, "field Timeout: -1 is not between 0 and 2147483647"},
		{Fields{"Timeout": 0xFFFFFFFF}, "field Timeout: -1 is not between 0 and 2147483647"},
		{Fields{"Timeout": 3000000000}, "field Timeout: 3000000000 is not between 0 and 2147483647"},
		{Fields{"Timeout": "10s"}, `field Timeout: "10s" is not a number`},
		{Fields{"Ttl": -5}, "field Ttl: -5 is not between 0 and 2147483647"},
		{Fields{"ttl": strings.Repeat("9", 60)}, `field Ttl: "` + strings.Repeat("9", 40) + `"… is not a number`},
		{Fields{"SenderPid": "-2"}, "field SenderPid: -2 is not between 0 and 2147483647"},
		{Fields{"Kind": KindProgress, "Percent": 101}, "field Percent: 101 is not between -1 and 100"},
		{Fields{"Kind": KindProgress, "Percent": "-2"}, "field Percent: -2 is not between -1 and 100"},
		{Fields{"Multiple": "maybe"}, `field Multiple: "maybe" is neither 0 nor 1`},
		{Fields{"Mask": []string{"1"}}, "field Mask: a list is neither 0 nor 1"},
		{Fields{"Version": 2}, "field Version: 2 is newer than 1, which this Deskbell speaks"},
		{Fields{"Version": 0}, "field Version: 0 is not a version"},
		{Fields{"Kind": ""}, "field Kind: is empty"},
		{Fields{"Text": ""}, "field Text: is required for popup"},
		{Fields{"Kind": KindInput, "Text": nil}, "field Text: is required for input"},
		{Fields{"Kind": KindNotify, "Text": nil}, "field Text: is required for notify"},
		{Fields{"Kind": KindChoose, "Choices": "a", "Text": nil}, "field Text: is required for choose"},
		{Fields{"Text": "a\x00b"}, "field Text: has a NUL character in it"},
		{Fields{"Title": "a\xff"}, "field Title: is not valid UTF-8"},
		{Fields{"Text": map[string]any{}}, "field Text: an object is not text"},
		{Fields{"Text": true}, "field Text: true is not text"},
		{Fields{"Text": Opaque("a value of REG_BINARY")}, "field Text: a value of REG_BINARY is not text"},
		{Fields{"Text.de": "a\x00b"}, "field Text.de: has a NUL character in it"},
		{Fields{"text.de": 1.5, "Buttons": []any{1}}, "field Buttons: a list with something else than text in it is not a list"},
		{Fields{"Link": "http://example.org"}, `field Link: "http://example.org" is not an https: address`},
		{Fields{"Link": "https:"}, `field Link: "https:" is not an https: address`},
		{Fields{"Link": "javascript:alert(1)"}, `field Link: "javascript:alert(1)" is not an https: address`},
		{Fields{"Link": "file:///etc/passwd"}, `field Link: "file:///etc/passwd" is not an https: address`},
		{Fields{"Icon": "Warning"}, `field Icon: "Warning" is not one of none, info, warning, error, question, shield`},
		{Fields{"Urgency": "high"}, `field Urgency: "high" is not one of low, normal, critical`},
		{Fields{"When": "now"}, `field When: "now" is not one of wait, show, skip`},
		{Fields{"Expires": "tomorrow"}, `field Expires: "tomorrow" is not a time like 2026-01-31T16:00:00Z`},
		{Fields{"Expires": 1738339200}, `field Expires: 1738339200 is not a time like 2026-01-31T16:00:00Z`},
		{Fields{"Buttons": 5}, "field Buttons: 5 is not a list"},
		{Fields{"Buttons": "a\n\nb"}, "field Buttons: an item is empty"},
		{Fields{"Buttons": []string{"a", " "}}, "field Buttons: an item is empty"},
		{Fields{"Buttons": []string{"a\nb"}}, `field Buttons: "a\nb" has more than one line`},
		{Fields{"Buttons": []string{"a\x00"}}, "field Buttons: has a NUL character in it"},
		{Fields{"Buttons": []string{"\xff"}}, "field Buttons: is not valid UTF-8"},
		{Fields{"Buttons": list(65)}, "field Buttons: 65 items, at most 64 are allowed"},
		{Fields{"buttons": strings.Repeat("i\n", 65)}, "field Buttons: 65 items, at most 64 are allowed"},
		{Fields{"Buttons": "a\nb", "Buttons.de": "A"}, "field Buttons.de: 1 items, but Buttons has 2"},
		{Fields{"Buttons.de": "A"}, "field Buttons.de: 1 items, but Buttons has 0"},
		{Fields{"Buttons": "a\nb", "Buttons.de": "A\n\nB"}, "field Buttons.de: 3 items, but Buttons has 2"},
		{Fields{"Buttons": "a\nb", "BUTTONS.de": []string{"A", ""}}, "field Buttons.de: an item is empty"},
		{Fields{"Choices.fr": list(65)}, "field Choices.fr: 65 items, at most 64 are allowed"},
		{Fields{"Kind": KindChoose}, "field Choices: is required for choose"},
		{Fields{"Kind": KindControl}, "field Command: is required for control"},
		{Fields{"Kind": KindControl, "Command": "halt"}, `field Command: "halt" is not one of ping, stop, restart, reload`},
		{Fields{"Kind": KindInput, "Pattern": "("}, "field Pattern: \"(\" is not an RE2 expression: error parsing regexp: missing closing ): `(`"},
		{Fields{"Kind": KindInput, "Pattern": `(?=a)`}, "field Pattern: \"(?=a)\" is not an RE2 expression: error parsing regexp: invalid or unsupported Perl syntax: `(?=`"},
		{Fields{"Kind": KindInput, "SealTo": "AAAA"}, "field SealTo: is not the Base64 of an X25519 public key of 32 bytes"},
		{Fields{"To": "anna"}, `field To: "anna" is not active, all, user:NAME, sid:SID, uid:N or session:N`},
		{Fields{"Combine": "most"}, `field Combine: "most" is not first, any, all, veto or quorum=N`},
		{Fields{"Combine": "quorum=0"}, `field Combine: "quorum=0" is not first, any, all, veto or quorum=N`},
		{Fields{"Combine": "quorum"}, `field Combine: "quorum" is not first, any, all, veto or quorum=N`},
		{Fields{"Combine": "all=2"}, `field Combine: "all=2" is not first, any, all, veto or quorum=N`},
		{Fields{"Absent": "maybe"}, `field Absent: "maybe" is not one of yes, no, ignore`},
		{Fields{"Quiet": "20-8"}, `field Quiet: "20-8" is not a part of the day like 20:00-08:00`},
		{Fields{"Quiet": "20:00"}, `field Quiet: "20:00" is not a part of the day like 20:00-08:00`},
		{Fields{"Quiet": "20:00-24:00"}, `field Quiet: "20:00-24:00" is not a part of the day like 20:00-08:00`},
		{Fields{"Quiet": "08:00-08:00"}, `field Quiet: "08:00-08:00" is not a part of the day like 20:00-08:00`},
		{Fields{"Remind": "-1"}, `field Remind: -1 is not between 0 and 2147483647`},
		{Fields{"To": "user:"}, `field To: "user:" is not active, all, user:NAME, sid:SID, uid:N or session:N`},
		{Fields{"To": "uid:-1"}, `field To: "uid:-1" is not active, all, user:NAME, sid:SID, uid:N or session:N`},
		{Fields{"To": "uid:4294967296"}, `field To: "uid:4294967296" is not active, all, user:NAME, sid:SID, uid:N or session:N`},
	} {
		if _, given := c.fields["Text"]; !given {
			c.fields["Text"] = "x"
		}
		_, err := DecodeMessage(c.fields)
		var wrong *FieldError
		if !errors.As(err, &wrong) || err.Error() != c.want {
			t.Errorf("%.80v: %v\nwant %s", c.fields, err, c.want)
		}
	}
}

// What is at the edge of being wrong, and is right.
func TestAccepted(t *testing.T) {
	for _, fields := range []Fields{
		{"Kind": "backup", "Text": nil},
		{"Kind": KindProgress, "Text": nil},
		{"Kind": KindControl, "Text": nil, "Command": "ping"},
		{"Type": 6 + 64 + 512 + 4096},
		{"Type": 15, "Buttons": "a"},
		{"Percent": 1000},
		{"Version": 1, "Timeout": maxNumber, "Ttl": "0"},
		{"To": `user:CONTOSO\anna`},
		{"To": "uid:0"},
		{"To": "sid:S-1-5-18"},
		{"To": "session:c2"},
		{"Combine": "veto", "Absent": "yes"},
		{"Combine": "quorum=3"},
		{"To": "all"},
		{"To": "active"},
		{"Text.not-a-language-tag": "x", "Text.": "y"},
		{"Link": "HTTPS://example.org/?a=b#c"},
		{"\u212Aind": "not Kind, but a name with the Kelvin sign"},
		{"Unknown": map[string]any{"a": []any{1, nil}}, "Pattern.de": "not localised"},
		{"Title": "", "Icon": "", "Urgency": "", "To": ""},
	} {
		if _, given := fields["Text"]; !given {
			fields["Text"] = "x"
		}
		if _, err := DecodeMessage(fields); err != nil {
			t.Errorf("%v: %v", fields, err)
		}
	}
}

func TestUnknownFieldsAreKept(t *testing.T) {
	m, err := DecodeMessage(Fields{"Kind": "backup", "Path": "/srv", "Pattern.de": "x", "READY": 1, "title.DE": "T", "buttons": "a", "BUTTONS.fr-CA": "b"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Fields{"Path": "/srv", "Pattern.de": "x"}, m.Extra); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"Title.DE": "T", "Buttons.fr-CA": []string{"b"}}, m.Variants); diff != "" {
		t.Error(diff)
	}
}

// Variants that a Go program filled in wrongly are told, not trusted.
func TestVariantsOfWrongForm(t *testing.T) {
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"Buttons.de", "a", "field Buttons.de: is not a list"},
		{"Text.de", []string{"a"}, "field Text.de: is a list"},
		{"Text.de", 5, "field Text.de: is neither text nor a list"},
		{"Pattern.de", "a", "field Pattern.de: is not a field that comes in other languages"},
		{"Text", "a", "field Text: is not a field that comes in other languages"},
	} {
		m := NewMessage(KindPopup)
		m.Text, m.Variants = "x", map[string]any{c.name: c.value}
		if err := m.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if got := m.In(german); got.Text != "x" && got.Text != "a" {
			t.Errorf("%s: reads %q", c.name, got.Text)
		}
	}
}

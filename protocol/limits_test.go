package protocol

import (
	"fmt"
	"strings"
	"testing"
)

// Each limit: at the border allowed, one more refused.
func TestLimits(t *testing.T) {
	fill := func(n int) Fields { // fields of n bytes in all, names included
		fields := Fields{"Version": 1, "Kind": "popup", "Text": "x"}
		n -= len("Version") + 8 + len("Kindpopup") + len("Textx")
		for i := 0; n > 0; i++ {
			name := fmt.Sprintf("Extra%d", i)
			size := min(n-len(name), MaxField)
			fields[name] = strings.Repeat("a", size)
			n -= len(name) + size
		}
		return fields
	}
	many := func(n int) Fields {
		fields := Fields{"Version": 1, "Kind": "popup", "Text": "x", "Ready": 1}
		for i := range n - 3 {
			fields[fmt.Sprintf("F%d", i)] = "y"
		}
		return fields
	}
	items := func(n, size int) []string {
		list := make([]string, n)
		for i := range list {
			list[i] = strings.Repeat("i", size)
		}
		return list
	}
	for name, c := range map[string]struct {
		good, bad Fields
		want      string
	}{
		"field":      {Fields{"Text": strings.Repeat("€", MaxField/3) + "a"}, Fields{"text": strings.Repeat("€", MaxField/3) + "ab"}, "field Text: larger than 64 KiB"},
		"variant":    {Fields{"Text": "x", "Text.de": strings.Repeat("a", MaxField)}, Fields{"Text": "x", "Text.de": strings.Repeat("a", MaxField+1)}, "field Text.de: larger than 64 KiB"},
		"unknown":    {Fields{"Text": "x", "Foo": strings.Repeat("a", MaxField)}, Fields{"Text": "x", "Foo": strings.Repeat("a", MaxField+1)}, "field Foo: larger than 64 KiB"},
		"list size":  {Fields{"Text": "x", "Buttons": items(64, 1023)}, Fields{"Text": "x", "Buttons": append(items(63, 1023), strings.Repeat("i", 1024))}, "field Buttons: larger than 64 KiB"},
		"list items": {Fields{"Text": "x", "Buttons": items(64, 1)}, Fields{"Text": "x", "Buttons": items(65, 1)}, "field Buttons: 65 items, at most 64 are allowed"},
		"message":    {fill(MaxMessage), fill(MaxMessage + 1), "the message is larger than 256 KiB"},
		"fields":     {many(MaxFields), many(MaxFields + 1), "201 fields, at most 200 are allowed"},
		"nested":     {Fields{"Text": "x", "Foo": map[string]any{"a": []any{strings.Repeat("a", MaxField-2)}}}, Fields{"Text": "x", "Foo": map[string]any{"a": []any{strings.Repeat("a", MaxField-1)}}}, "field Foo: larger than 64 KiB"},
		"long name":  {Fields{"Text": "x", strings.Repeat("n", 100): strings.Repeat("a", MaxField)}, Fields{"Text": "x", strings.Repeat("n", 100): strings.Repeat("a", MaxField+1)}, "field " + strings.Repeat("n", 64) + "…: larger than 64 KiB"},
	} {
		if _, err := DecodeMessage(c.good); err != nil {
			t.Errorf("%s: refused at the border: %v", name, err)
		}
		if _, err := DecodeMessage(c.bad); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := DecodeReply(Fields{"Answer": items(65, 1)}); err == nil {
		t.Error("a reply with 65 items was read")
	}
	if _, err := DecodeReply(Fields{"answer": strings.Repeat("a", MaxField+1)}); err == nil {
		t.Error("a reply with an answer over the limit was read")
	}
}

// What was validated can be written and is read again: encoding adds nothing
// that the limits count.
func TestLargestMessageFitsItsFile(t *testing.T) {
	m := NewMessage(KindPopup)
	m.Text, m.Details = strings.Repeat("\x01", MaxField), strings.Repeat("\x02", MaxField)
	m.Extra = Fields{"a": strings.Repeat("\x03", MaxField), "b": strings.Repeat("\x04", MaxField-200)}
	if err := m.Validate(); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeMessage(throughJSON(t, m.Fields())); err != nil {
		t.Error(err)
	}
}

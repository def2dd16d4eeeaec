package protocol

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/language"
)

var german = []language.Tag{language.MustParse("de-AT"), language.English}

func tags(list string) []language.Tag {
	var tags []language.Tag
	for tag := range strings.SplitSeq(list, ",") {
		if tag != "" {
			tags = append(tags, language.MustParse(tag))
		}
	}
	return tags
}

func TestBestLanguage(t *testing.T) {
	m, err := DecodeMessage(Fields{
		"Text": "plain", "Text.de": "de", "Text.de-CH": "de-CH", "text.FR": "fr", "Text.pt-BR": "pt-BR", "Text.zh-Hant": "zh-Hant", "Text.bad tag": "bad",
	})
	if err != nil {
		t.Fatal(err)
	}
	for languages, want := range map[string]string{
		"":            "plain",
		"de":          "de",
		"de-AT":       "de",
		"de-CH":       "de-CH",
		"fr-CA,de":    "fr",
		"it,de":       "de",
		"it":          "plain",
		"zh-TW":       "zh-Hant",
		"zh-CN":       "plain",
		"pt-PT":       "pt-BR",
		"en,it,ja-JP": "plain",
	} {
		if got := m.In(tags(languages)).Text; got != want {
			t.Errorf("for %q: %q, want %q", languages, got, want)
		}
	}
}

// Each localised field finds its own variant; nothing else changes, and the
// message itself not at all.
func TestEveryLocalisedField(t *testing.T) {
	fields := Fields{"Kind": KindInput, "Text": "x", "Buttons": "a\nb", "Choices": "a\nb", "Default": "a", "Sender": "S"}
	want := []string{"Title", "Text", "Details", "Buttons", "CountdownText", "Check", "Choices", "Hint"}
	var localised []string
	for _, f := range Messages() {
		if f.Localised {
			localised = append(localised, f.Name)
			fields[f.Name+".de"] = "c\nd"
		}
	}
	if diff := cmp.Diff(want, localised); diff != "" {
		t.Error(diff)
	}
	m, err := DecodeMessage(fields)
	if err != nil {
		t.Fatal(err)
	}
	before := m.Fields()
	local := m.In(german)
	for _, name := range want {
		got, plain := local.Fields()[name], any("c\nd")
		if name == "Buttons" || name == "Choices" {
			plain = []string{"c", "d"}
		}
		if diff := cmp.Diff(plain, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	local.Buttons[0] = "changed"
	if diff := cmp.Diff(before, m.Fields()); diff != "" {
		t.Errorf("the message has changed: %s", diff)
	}
	if local.Default != "a" || local.Sender != "S" {
		t.Errorf("%+v", local)
	}
}

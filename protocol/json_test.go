package protocol

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseJSON(t *testing.T) {
	for text, want := range map[string]Fields{
		`{}`:                          {},
		"\xef\xbb\xbf {\"a\":1} \r\n": {"a": 1},
		`{"a":1.0,"b":1e3,"c":-1,"d":4294967295,"e":133512345678901234,"f":1.5,"g":1e300}`: {"a": 1, "b": 1000, "c": -1, "d": 4294967295, "e": 133512345678901234, "f": 1.5, "g": 1e300},
		`{"a":"x","A":"y"}`:                             {"A": "y"},
		`{"kind":"x","Kind":"y"}`:                       {"kind": "x", "\u212Aind": "y"},
		`{"text":"x","TEXT":null}`:                      {"TEXT": nil},
		`{"a":["x","y"],"b":[],"c":[1,"x"],"d":[null]}`: {"a": []string{"x", "y"}, "b": []string{}, "c": []any{1, "x"}, "d": []any{nil}},
		`{"a":{"b":[1,["c"]]},"t":true}`:                {"a": map[string]any{"b": []any{1, []string{"c"}}}, "t": true},
		`{"a":"\u00e4\ud83d\ude00\ud800"}`:              {"a": "ä😀\uFFFD"},
		`{"a":1e999}`:                                   {"a": Opaque("the number 1e999")},
	} {
		got, err := ParseJSON([]byte(text))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", text, err, diff)
		}
	}
}

func TestParseJSONRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "the file is empty",
		"\xef\xbb\xbf\n":                     "the file is empty",
		"hello":                              "not JSON: invalid character",
		"[1]":                                "not a JSON object",
		`"x"`:                                "not a JSON object",
		`{"a":1} {}`:                         "more than one JSON object",
		`{"a":1}x`:                           "more than one JSON object",
		`{"a":1`:                             "not JSON: ",
		`{"a":`:                              "field a: not JSON: ",
		`{"text":tru}`:                       "field Text: not JSON: ",
		`{a:1}`:                              "not JSON: ",
		"{\"a\":\"\xe4\"}":                   "not written in UTF-8",
		"\xff\xfe{\x00}\x00":                 "written in UTF-16, not in UTF-8",
		strings.Repeat(" ", MaxEncoded+1):    "the message is larger than 256 KiB",
		`{"a":` + strings.Repeat("[", 20000): "field a: not JSON: ",
	} {
		_, err := ParseJSON([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", text, err, want)
		}
	}
}

func TestMarshalJSON(t *testing.T) {
	got, err := Fields{"SenderPid": 7, "Text.de": "<b>&ä\u2028", "Buttons": []string{"a"}, "Ready": true, "Ttl": 0}.MarshalJSON()
	want := `{"buttons":["a"],"ready":true,"senderPid":7,"text.de":"<b>&ä\u2028","ttl":0}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
	if _, err := (Fields{"a": func() {}}).MarshalJSON(); err == nil {
		t.Error("a function was written down")
	}
}

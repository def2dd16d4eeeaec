package dialog

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for name, c := range map[string]struct{ in, text, line string }{
		"plain":                 {"Install now?", "Install now?", "Install now?"},
		"markup":                {`<b>&amp;</b> _x &File \n -flag %s $HOME`, `<b>&amp;</b> _x &File \n -flag %s $HOME`, `<b>&amp;</b> _x &File \n -flag %s $HOME`},
		"line ends":             {"a\r\nb\rc\nd\u2028e\u2029f\u0085g\vh\fi", "a\nb\nc\nd\ne\nf\ng\nh\ni", "a b c d e f g h i"},
		"blank lines":           {"a\n\n\r\n\rb\n\n", "a\n\n\n\nb", "a b"},
		"LF CR are two":         {"a\n\rb", "a\n\nb", "a b"},
		"tab":                   {"a\tb", "a\tb", "a b"},
		"indented":              {"  a  b  ", "  a  b  ", "a  b"},
		"controls":              {"a\x00\x01\x1b[31mb\x7f\u009b", "a[31mb", "a[31mb"},
		"backspace":             {"evil\b\b\b\bgood", "evilgood", "evilgood"},
		"invalid UTF-8":         {"a\xffb\xc3", "a\uFFFDb\uFFFD", "a\uFFFDb\uFFFD"},
		"surrogates":            {"a\xed\xa0\x80b", "a\uFFFD\uFFFD\uFFFDb", "a\uFFFD\uFFFD\uFFFDb"},
		"override":              {"inv\u202Efdp.exe\u202C", "invfdp.exe", "invfdp.exe"},
		"embedding and isolate": {"\u202Aa\u202B\u202D\u2066b\u2067\u2068c\u2069", "abc", "abc"},
		"zero width":            {"pass\u200Bword\uFEFF \u2060\u00ADx\u2061", "password x", "password x"},
		"blank letters":         {"a\u3164\u115F\u1160\uFFA0\u034Fb", "ab", "ab"},
		"joiner in Latin":       {"ad\u200Dmin\u200C", "admin", "admin"},
		"joiner in Cyrillic":    {"а\u200Dб", "аб", "аб"},
		"joiners pile up":       {"می\u200C\u200C\u200Cخواهم", "می\u200Cخواهم", "می\u200Cخواهم"},
		"Arabic":                {"مرحبا\u200F، می\u200Cخواهم", "مرحبا\u200F، می\u200Cخواهم", "مرحبا\u200F، می\u200Cخواهم"},
		"Hebrew with points":    {"שָׁלוֹם", "שָׁלוֹם", "שָׁלוֹם"},
		"Sinhala conjunct":      {"ශ්\u200Dරී", "ශ්\u200Dරී", "ශ්\u200Dරී"},
		"Devanagari":            {"क्\u200Dष नमस्ते", "क्\u200Dष नमस्ते", "क्\u200Dष नमस्ते"},
		"emoji":                 {"👩\u200D💻 ❤\uFE0F 👍🏽 🏳\uFE0F\u200D🌈 1\uFE0F\u20E3 🇩🇪", "👩\u200D💻 ❤\uFE0F 👍🏽 🏳\uFE0F\u200D🌈 1\uFE0F\u20E3 🇩🇪", "👩\u200D💻 ❤\uFE0F 👍🏽 🏳\uFE0F\u200D🌈 1\uFE0F\u20E3 🇩🇪"},
		"flag of Wales":         {"🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F!", "🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F!", "🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F!"},
		"hidden tags":           {"hi\U000E0001\U000E0069\U000E0067\U000E007F", "hi", "hi"},
		"tags after the flag":   {"🏴\U000E0067\U000E007F\U000E0067", "🏴\U000E0067\U000E007F", "🏴\U000E0067\U000E007F"},
		"selectors pile up":     {"a \uFE0F❤\uFE0F\uFE0F\uFE0F", "a ❤\uFE0F", "a ❤\uFE0F"},
		"Vietnamese, apart":     {"Vie\u0323\u0302t", "Vie\u0323\u0302t", "Vie\u0323\u0302t"},
		"stacked marks":         {"a" + strings.Repeat("\u0301", 50) + "b\u0301", "a" + strings.Repeat("\u0301", 8) + "b\u0301", "a" + strings.Repeat("\u0301", 8) + "b\u0301"},
		"stacked with joiners":  {"क" + strings.Repeat("\u0301\u200D", 50), "क" + strings.Repeat("\u0301\u200D", 8), "क" + strings.Repeat("\u0301\u200D", 8)},
		"noncharacters":         {"a\uFFFE\uFDD0\U0001FFFFb", "ab", "ab"},
		"number sign, Arabic":   {"\u0600١٢", "\u0600١٢", "\u0600١٢"},
		"Chinese and variant":   {"葛\U000E0100飾区", "葛\U000E0100飾区", "葛\U000E0100飾区"},
		"nothing":               {"", "", ""},
		"nothing to see":        {"\u200B\x00\u2066", "", ""},
	} {
		if got := Clean(c.in); got != c.text {
			t.Errorf("%s: Clean(%+q) = %+q, want %+q", name, c.in, got, c.text)
		}
		if got := CleanLine(c.in); got != c.line {
			t.Errorf("%s: CleanLine(%+q) = %+q, want %+q", name, c.in, got, c.line)
		}
	}
}

func TestCleanIsBounded(t *testing.T) {
	whole := strings.Repeat("äöü ", 2500)
	if Clean(whole) != whole {
		t.Error("10,000 characters did not come out as written")
	}
	text := Clean(strings.Repeat("€", 30000))
	if len(text) > maxText || !utf8.ValidString(text) || !strings.HasSuffix(text, "€…") {
		t.Errorf("long text: %d bytes, ends in %+q", len(text), text[len(text)-8:])
	}
	line := CleanLine(strings.Repeat("€", 501))
	if utf8.RuneCountInString(line) != 500 || !strings.HasSuffix(line, "€…") {
		t.Errorf("long line: %d characters", utf8.RuneCountInString(line))
	}
	if exact := strings.Repeat("€", 500); CleanLine(exact) != exact {
		t.Error("a line of 500 characters was cut")
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"", "a\r\nb", "\u202Efdp\u202C", "👩\u200D💻", "\xff\xfe", "a\u0301\u0301", "🏴\U000E0067\U000E007F", "می\u200Cخواهم"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for _, out := range []string{Clean(in), CleanLine(in)} {
			if !utf8.ValidString(out) || len(out) > maxText {
				t.Fatalf("%+q: %d bytes, valid: %v", in, len(out), utf8.ValidString(out))
			}
			for _, r := range out {
				if r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) && r != '\u061C' && r != '\u200E' && r != '\u200F' {
					t.Fatalf("%+q let %+q through", in, r)
				}
			}
		}
		if line := CleanLine(in); strings.ContainsAny(line, "\n\t") || line != strings.TrimSpace(line) {
			t.Fatalf("not a line: %+q", line)
		}
		if once := Clean(in); Clean(once) != once {
			t.Fatalf("cleaning %+q again changes it: %+q, %+q", in, once, Clean(once))
		}
	})
}

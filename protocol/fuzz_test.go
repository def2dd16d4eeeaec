package protocol

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var seeds = []string{
	`{}`,
	`{"version":1,"kind":"popup","text":"Install now?","type":36,"timeout":"60"}`,
	`{"KIND":"input","Text":"Name","Pattern":"[a-z]+","Mask":true,"Hint":"a to z","Hint.de":"a bis z"}`,
	`{"kind":"choose","text":"x","choices":"a\nb","choices.de":["c","d"],"multiple":4294967295,"default":"b"}`,
	`{"kind":"progress","percent":-1,"detail":"x","cancellable":1,"expires":"2026-01-31T16:00:00+01:00"}`,
	`{"kind":"control","command":"ping","to":"user:anna","ready":1,"details":null}`,
	`{"kind":"backup","path":"/srv","nested":{"a":[1,2.5,"x",null,["y"]]},"big":133512345678901234}`,
	"\xef\xbb\xbf{\"text\":\"\\ud83d\\ude00\\u0000\"}",
	`{"status":"answered","button":101,"choice":"Now","answer":["a","b"],"ready":true,"shownAt":"2026-01-31T16:00:00.123Z"}`,
}

// Whatever is in a file: it is read or refused with a reason, and what was
// read is read again the same.
func FuzzParseJSON(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fields, err := ParseJSON(data)
		if err != nil {
			wantFieldError(t, err)
			return
		}
		byName, err := parseByName(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
		if diff := cmp.Diff(byName, fields); err != nil || diff != "" {
			t.Fatalf("%s: read at once, and name by name: %v %s", data, err, diff)
		}
		for _, value := range fields {
			if _, opaque := value.(Opaque); opaque {
				return // it is not written again
			}
		}
		again := throughJSON(t, fields)
		if diff := cmp.Diff(lowered(fields), lowered(again), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s", data, diff)
		}
	})
}

// lowered is fields by folded names, which are what counts.
func lowered(fields Fields) Fields {
	lower := Fields{}
	for name, value := range fields {
		lower[strings.ToLower(name)] = value
	}
	return lower
}

func FuzzDecodeMessage(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fields, err := ParseJSON(data)
		if err != nil {
			return
		}
		m, err := DecodeMessage(fields)
		if err != nil {
			wantFieldError(t, err)
			return
		}
		if err := m.Validate(); err != nil {
			t.Fatalf("read without an error, but not valid: %v", err)
		}
		m.In(german)
		m.Offered()
		m.Extra = nil // in any case and form
		again, err := DecodeMessage(throughJSON(t, m.Fields()))
		if err != nil {
			t.Fatalf("%s: not read again: %v", data, err)
		}
		if m.Kind != KindProgress {
			m.Percent, again.Percent = 0, 0
		}
		m.Expires, again.Expires = m.Expires.UTC().Truncate(1e6), again.Expires.UTC()
		m.Variants, again.Variants = lowered(m.Variants), lowered(again.Variants)
		if diff := cmp.Diff(m, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s", data, diff)
		}
	})
}

func FuzzFit(f *testing.F) {
	for _, seed := range seeds {
		for _, reply := range seeds {
			f.Add([]byte(seed), []byte(reply))
		}
	}
	f.Fuzz(func(t *testing.T, question, answer []byte) {
		fields, err := ParseJSON(question)
		if err != nil {
			return
		}
		m, err := DecodeMessage(fields)
		if err != nil {
			return
		}
		if fields, err = ParseJSON(answer); err != nil {
			return
		}
		r, err := DecodeReply(fields)
		if err != nil {
			wantFieldError(t, err)
			return
		}
		fitted, err := m.Fit(r)
		if err != nil {
			wantFieldError(t, err)
			return
		}
		if fitted.Status != r.Status || fitted.Button != r.Button {
			t.Fatalf("%+v became %+v", r, fitted)
		}
		again, err := m.Fit(fitted)
		if diff := cmp.Diff(fitted, again, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Fatalf("fits, and then does not: %v %s", err, diff)
		}
	})
}

func FuzzRegistryDecode(f *testing.F) {
	for _, typ := range []uint32{0, regSZ, regExpandSZ, regBinary, regDWORD, 5, 6, regMultiSZ, regQWORD} {
		f.Add(typ, []byte("a\x00\x00\x00b\x00\x00\x00\x00\x00"))
		f.Add(typ, []byte{1, 0, 0, 0})
		f.Add(typ, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	}
	f.Fuzz(func(t *testing.T, typ uint32, data []byte) {
		value := RegistryValue{typ, data}.Decode()
		if _, opaque := value.(Opaque); opaque {
			return
		}
		encoded, err := EncodeRegistry("X", value)
		if n, number := value.(int); number && n > 1<<32-1 {
			return
		}
		if err != nil {
			t.Fatalf("%#v is read, but not written: %v", value, err)
		}
		if diff := cmp.Diff(value, encoded.Decode()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzRegistryText(f *testing.F) {
	for _, seed := range []string{"", "a", "äß😀", "a\nb", "a\x00b", "\xff"} {
		f.Add(seed, seed)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, value := range []any{a, []string{a, b}} {
			encoded, err := EncodeRegistry("X", value)
			if err != nil {
				wantFieldError(t, err)
				continue
			}
			if !utf8.ValidString(a) || !utf8.ValidString(b) {
				continue
			}
			if diff := cmp.Diff(value, encoded.Decode()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func FuzzNames(f *testing.F) {
	for _, seed := range []string{"deskbell", "Backup", "../x", "\u212A", "ä"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if queue, err := ParseQueue(name); err == nil {
			if again, err := ParseQueue(queue); err != nil || again != queue || !strings.EqualFold(queue, name) || strings.ContainsAny(queue, `/\`) {
				t.Fatalf("%q: %q, %q, %v", name, queue, again, err)
			}
		}
		if _, err := ParseQueue(QueueOf(name)); err != nil {
			t.Fatal(err)
		}
	})
}

func wantFieldError(t *testing.T, err error) {
	t.Helper()
	var wrong *FieldError
	if !errors.As(err, &wrong) || len(err.Error()) > 10000 {
		t.Fatalf("%T: %.200v", err, err)
	}
}

package protocol

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeRegistry(t *testing.T) {
	for name, c := range map[string]struct {
		value RegistryValue
		want  any
	}{
		"text":                   {RegistryValue{regSZ, []byte("a\x00\xe4\x00\x00\x00")}, "aä"},
		"text, not ended":        {RegistryValue{regSZ, []byte("a\x00b\x00")}, "ab"},
		"text, more behind it":   {RegistryValue{regSZ, []byte("a\x00\x00\x00b\x00")}, "a"},
		"text, half a character": {RegistryValue{regSZ, []byte("a\x00b")}, "a"},
		"text, empty":            {RegistryValue{regSZ, nil}, ""},
		"text, emoji":            {RegistryValue{regSZ, []byte("\x3d\xd8\x00\xde\x00\x00")}, "😀"},
		"text, half an emoji":    {RegistryValue{regSZ, []byte("\x3d\xd8\x00\x00")}, "\uFFFD"},
		"text, never expanded":   {RegistryValue{regExpandSZ, []byte("%\x00A\x00%\x00\x00\x00")}, "%A%"},
		"DWORD":                  {RegistryValue{regDWORD, []byte{0xff, 0xff, 0xff, 0xff}}, 0xFFFFFFFF},
		"DWORD, short":           {RegistryValue{regDWORD, []byte{1, 2}}, Opaque("a value of registry type 4 and 2 bytes")},
		"QWORD":                  {RegistryValue{regQWORD, []byte{1, 0, 0, 0, 1, 0, 0, 0}}, 1<<32 + 1},
		"QWORD, too large":       {RegistryValue{regQWORD, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}}, Opaque("a value of registry type 11 and 8 bytes")},
		"list":                   {RegistryValue{regMultiSZ, []byte("a\x00\x00\x00b\x00\x00\x00\x00\x00")}, []string{"a", "b"}},
		"list, not ended":        {RegistryValue{regMultiSZ, []byte("a\x00\x00\x00b\x00")}, []string{"a", "b"}},
		"list, ended once":       {RegistryValue{regMultiSZ, []byte("a\x00\x00\x00")}, []string{"a"}},
		"list, empty":            {RegistryValue{regMultiSZ, []byte("\x00\x00")}, []string{}},
		"list, nothing":          {RegistryValue{regMultiSZ, nil}, []string{}},
		"list, ends at an empty": {RegistryValue{regMultiSZ, []byte("a\x00\x00\x00\x00\x00b\x00\x00\x00")}, []string{"a"}},
		"bytes":                  {RegistryValue{regBinary, []byte{1}}, Opaque("a value of REG_BINARY")},
		"none":                   {RegistryValue{0, nil}, Opaque("a value of registry type 0 and 0 bytes")},
	} {
		if diff := cmp.Diff(c.want, c.value.Decode()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEncodeRegistry(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  RegistryValue
	}{
		"text":       {"aä", RegistryValue{regSZ, []byte("a\x00\xe4\x00\x00\x00")}},
		"list":       {[]string{"a", "b"}, RegistryValue{regMultiSZ, []byte("a\x00\x00\x00b\x00\x00\x00\x00\x00")}},
		"empty list": {[]string{}, RegistryValue{regMultiSZ, []byte{0, 0}}},
		"number":     {-1, RegistryValue{regDWORD, []byte{0xff, 0xff, 0xff, 0xff}}},
		"flag":       {true, RegistryValue{regDWORD, []byte{1, 0, 0, 0}}},
		"no flag":    {false, RegistryValue{regDWORD, []byte{0, 0, 0, 0}}},
	} {
		got, err := EncodeRegistry("X", c.value)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
	for want, value := range map[string]any{
		"field X: a NUL character in text":                     "a\x00b",
		"field X: an item of a list is empty":                  []string{"a", ""},
		"field X: 4294967296 does not fit 32 bits":             1 << 32,
		"field X: -2147483649 does not fit 32 bits":            -1<<31 - 1,
		"field X: 1.5 cannot be written to the registry":       1.5,
		"field X: an object cannot be written to the registry": map[string]any{},
	} {
		if _, err := EncodeRegistry("X", value); err == nil || err.Error() != want {
			t.Errorf("%v: %v, want %s", value, err, want)
		}
	}
	if _, err := EncodeRegistry("X", []string{"a\x00b"}); err == nil || !strings.Contains(err.Error(), "NUL") {
		t.Errorf("a list with a NUL: %v", err)
	}
}

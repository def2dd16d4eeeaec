package protocol

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vector is one of testdata/vectors, whose README says what is what.
type vector struct {
	Name, Section string
	Registry      map[string]struct{ Type, Data string }
	JSON          *string
	Decoded       json.RawMessage
	Rejected      string
	Question      json.RawMessage
	Fits          bool
}

// forms has what is decoded, from the registry and from JSON.
func (v vector) forms(t *testing.T) map[string]func() (Fields, error) {
	types := map[string]uint32{"REG_SZ": regSZ, "REG_EXPAND_SZ": regExpandSZ, "REG_BINARY": 3, "REG_DWORD": regDWORD, "REG_MULTI_SZ": regMultiSZ, "REG_QWORD": regQWORD}
	forms := map[string]func() (Fields, error){}
	if v.JSON != nil {
		forms["json"] = func() (Fields, error) { return ParseJSON([]byte(*v.JSON)) }
	}
	if v.Registry != nil {
		forms["registry"] = func() (Fields, error) {
			fields := Fields{}
			for name, value := range v.Registry {
				kind, known := types[value.Type]
				data, err := hex.DecodeString(value.Data)
				if err != nil || !known {
					t.Fatalf("%s is no value: %v", name, err)
				}
				fields[name] = RegistryValue{kind, data}.Decode()
			}
			return fields, nil
		}
	}
	return forms
}

// same compares what was decoded with what the vector has, whatever the order of
// the names.
func (v vector) same(t *testing.T, got Fields) {
	t.Helper()
	text, err := got.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var a, b map[string]any
	want, err := ParseJSON(v.Decoded)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := want.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(wanted, &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, a); diff != "" {
		t.Error(diff)
	}
}

func vectors(t *testing.T, file string) (all []vector) {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors/" + file)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestVectorsOfMessages(t *testing.T) {
	for _, v := range vectors(t, "messages.json") {
		for form, decode := range v.forms(t) {
			t.Run(v.Name+"/"+form, func(t *testing.T) {
				fields, err := decode()
				var m Message
				if err == nil {
					m, err = DecodeMessage(fields)
				}
				if v.Rejected != "" {
					var fault *FieldError
					if !errors.As(err, &fault) || fault.Field != strings.TrimPrefix(v.Rejected, "the message") {
						t.Errorf("error %v, want one of %s", err, v.Rejected)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				v.same(t, m.Fields())
			})
		}
	}
}

func TestVectorsOfReplies(t *testing.T) {
	for _, v := range vectors(t, "replies.json") {
		for form, decode := range v.forms(t) {
			t.Run(v.Name+"/"+form, func(t *testing.T) {
				fields, err := decode()
				if err != nil {
					t.Fatal(err)
				}
				r, err := DecodeReply(fields)
				if err != nil {
					t.Fatal(err)
				}
				v.same(t, r.Fields())
				if v.Question == nil {
					return
				}
				asked, err := ParseJSON(v.Question)
				if err != nil {
					t.Fatal(err)
				}
				m, err := DecodeMessage(asked)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := m.Fit(r); (err == nil) != v.Fits {
					t.Errorf("fits: %v, want %v", err, v.Fits)
				}
			})
		}
	}
}

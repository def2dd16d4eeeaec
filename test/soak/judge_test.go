package soak

import (
	"slices"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// The books notice whatever is not as it has to be.
func TestBooks(t *testing.T) {
	const yes, no, failed, rejected = `{"status":"answered","choice":"Yes"}`, `{"status":"answered","choice":"No"}`, `{"status":"failed"}`, `{"status":"rejected"}`
	const hopeless = `{"status":"failed","error":"start a monitor: 3 have ended at once"}`
	tests := []struct {
		name   string
		happen func(b *books)
		want   []string
	}{
		{"answered", func(b *books) { b.opens("a", 1, false, true); b.gets("a", yes, false) }, nil},
		{"shown again by the next", func(b *books) {
			b.opens("a", 1, false, true)
			b.opens("a", 2, false, true)
			b.gets("a", yes, false)
		}, nil},
		{"window killed", func(b *books) { b.opens("a", 1, false, true); b.kills("a"); b.gets("a", failed, false) }, nil},
		{"sender killed", func(b *books) { b.opens("a", 1, false, true); b.excuses("a"); b.leaves("a") }, nil},
		{"left behind by a monitor that was killed", func(b *books) {
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
			b.opens("a", 2, true, false)
		}, nil},
		{"monitors killed", func(b *books) {
			b.dies()
			b.gets("a", hopeless, false)
		}, nil},
		{"monitors not killed", func(b *books) {
			b.gets("a", hopeless, false)
		}, []string{`a, "yes": ` + hopeless, "a was answered, and never shown"}},
		{"taken back and put again", func(b *books) {
			b.opens("a", 1, false, true)
			b.retakes("a")
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
		}, nil},
		{"windows of those who lost their monitor", func(b *books) {
			b.opens("a", 1, false, false)
			b.opens("a", 1, false, false)
			b.gets("a", yes, false)
		}, nil},
		{"lost", func(b *books) { b.opens("a", 1, false, true) }, []string{"a is lost"}},
		{"answered twice", func(b *books) {
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
			b.gets("a", yes, false)
		}, []string{"a was answered 2 times"}},
		{"wrong answer", func(b *books) { b.opens("a", 1, false, true); b.gets("a", no, false) }, []string{`a, "yes": ` + no}},
		{"answered by nobody", func(b *books) { b.gets("a", yes, false) }, []string{"a was answered, and never shown"}},
		{"failed by itself", func(b *books) { b.opens("a", 1, false, true); b.gets("a", failed, false) }, []string{`a, "yes": ` + failed}},
		{"no reply", func(b *books) { b.gets("a", `{"st`, false) }, []string{`a: unexpected end of JSON input: {"st`, `a, "yes": {"st`, "a was answered, and never shown"}},
		{"shown after that", func(b *books) {
			b.opens("a", 1, b.over("a"), true)
			b.gets("a", yes, false)
			b.opens("a", 2, b.over("a"), true)
		}, []string{"a was shown after it was answered"}},
		{"shown when spent", func(b *books) { b.opens("a", 1, true, true); b.gets("a", yes, false) }, []string{"a was shown after it was answered"}},
		{"shown twice", func(b *books) {
			b.opens("a", 1, false, true)
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
		}, []string{"a was shown twice by one monitor"}},
		{"nobody's", func(b *books) {
			b.opens("b", 1, false, true)
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
		}, []string{"b was shown, and never asked"}},
		{"left", func(b *books) { b.opens("a", 1, false, true); b.gets("a", yes, false); b.leaves("a") }, []string{"a is left"}},
		{"a stranger's left", func(b *books) {
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
			b.leaves("b")
		}, []string{"b is left"}},
		{"of the service", func(b *books) {
			b.asks("s", "yes", mailbox.ScopeService)
			b.gets("s", rejected, false)
			b.opens("a", 1, false, true)
			b.gets("a", yes, false)
		}, nil},
		{"of the service, answered", func(b *books) {
			b.asks("s", "yes", mailbox.ScopeService)
			b.opens("s", 1, false, true)
			b.gets("s", yes, false)
			b.excuses("a")
		}, []string{"s was shown, and is for the service", `s, "yes": ` + yes}},
		{"asked twice", func(b *books) { b.asks("a", "yes", mailbox.ScopeUser); b.excuses("a") }, []string{"a was asked twice"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := newBooks()
			b.asks("a", "yes", mailbox.ScopeUser)
			test.happen(b)
			if got := b.judge(); !slices.Equal(got, test.want) {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

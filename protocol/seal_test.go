package protocol

import (
	"strings"
	"testing"
)

func TestSealRoundTrip(t *testing.T) {
	key, err := NewSealKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewSealKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{"", "geheim", "a\nß😀", strings.Repeat("x", 40000)} {
		sealed, err := Seal(answer, key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Seal(answer, key.Public()); err != nil || again == sealed || strings.Contains(sealed, answer) && answer != "" {
			t.Errorf("%.10q is not hidden: %v", answer, err)
		}
		if got, err := key.Open(sealed); err != nil || got != answer {
			t.Errorf("%.10q comes back as %.10q, %v", answer, got, err)
		}
		if got, err := other.Open(sealed); err == nil {
			t.Errorf("another key opens it: %.10q", got)
		}
		if got, err := key.Open("AAAA" + sealed[4:]); err == nil {
			t.Errorf("damaged, and opened: %.10q", got)
		}
		m := Message{Kind: KindInput, SealTo: key.Public()}
		if _, err := m.Fit(Reply{Status: StatusAnswered, Button: ButtonOK, Answer: sealed}); err != nil {
			t.Error(err)
		}
	}
	if _, err := key.Open("not Base64!"); err == nil {
		t.Error("opened what is no Base64")
	}
	for _, to := range []string{"", "AAAA", "not Base64!", key.Public() + "AAAA"} {
		if _, err := Seal("x", to); err == nil || !strings.Contains(err.Error(), "field SealTo") {
			t.Errorf("sealed to %q: %v", to, err)
		}
	}
}

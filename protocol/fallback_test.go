package protocol

import (
	"errors"
	"strings"
	"testing"
)

func TestLadder(t *testing.T) {
	for _, test := range []struct{ kind, fallback, want string }{
		{KindPopup, "", "dialog toast wts"},
		{KindNotify, "", "toast dialog wts"},
		{KindProgress, "", "dialog toast"},
		{KindInput, "", "dialog"},
		{KindChoose, "", "dialog"},
		{KindPopup, "none", "dialog"},
		{KindNotify, "none", "toast"},
		{KindPopup, "wall", "dialog wall"},
		{KindPopup, "toast, dialog", "toast dialog"},
		{KindPopup, "dialog,wts,none,wall", "dialog wts"},
		{KindNotify, "wall,wts,wall", "toast wall wts"},
	} {
		m := NewMessage(test.kind)
		m.Text, m.Choices, m.Fallback = "?", []string{"a"}, test.fallback
		if err := m.Validate(); err != nil {
			t.Errorf("%+v: %v", test, err)
		}
		if got := strings.Join(m.Ladder(), " "); got != test.want {
			t.Errorf("%s, %q: %s, want %s", test.kind, test.fallback, got, test.want)
		}
	}
}

func TestFallbackOfUnknownWay(t *testing.T) {
	for _, fallback := range []string{"pigeon", "dialog,", ",", "Dialog", "tty"} {
		m := NewMessage(KindPopup)
		m.Text, m.Fallback = "?", fallback
		var field *FieldError
		if err := m.Validate(); !errors.As(err, &field) || field.Field != "Fallback" {
			t.Errorf("%q: %v", fallback, err)
		}
	}
}

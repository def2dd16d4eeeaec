package policy

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/protocol"
)

func TestDecode(t *testing.T) {
	p, err := decode(map[string]any{
		"trustedSendersOnly": true, "ORGANISATION": " Example Ltd. ", "AllowedFallbacks": "toast, wts,none",
		"quiet": "20:00-08:00", "Later": 1.0,
	})
	if said := p.Said(); said != `TrustedSendersOnly Organisation="Example Ltd." AllowedFallbacks="toast,wts" Quiet=20:00-08:00` {
		t.Errorf("said: %s", said)
	}
	want := Policy{true, "Example Ltd.", []string{"toast", "wts"}, protocol.Hours{From: 1200, To: 480}, []string{"Later"}}
	if diff := cmp.Diff(want, p); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, settings := range []map[string]any{nil, {}, {"TrustedSendersOnly": 0.0}} {
		if p, err := decode(settings); err != nil || !cmp.Equal(p, Policy{}) {
			t.Errorf("%v: %+v, %v", settings, p, err)
		}
	}
	for _, list := range []any{[]any{"wall"}, []string{"wall"}, "wall"} {
		if p, err := decode(map[string]any{"AllowedFallbacks": list}); err != nil || !cmp.Equal(p.AllowedFallbacks, []string{"wall"}) {
			t.Errorf("%v: %+v, %v", list, p, err)
		}
	}
}

// What cannot be understood holds as if it forbade all that can be forbidden.
func TestWhatIsNotUnderstoodIsStrict(t *testing.T) {
	for _, settings := range []map[string]any{
		{"TrustedSendersOnly": 2.0},
		{"TrustedSendersOnly": "maybe"},
		{"TrustedSendersOnly": nil},
		{"Organisation": 1.0},
		{"AllowedFallbacks": "pigeon"},
		{"AllowedFallbacks": 1.0},
		{"AllowedFallbacks": []any{1.0}},
		{"Quiet": "night"},
		{"Quiet": true},
	} {
		p, err := decoded(settings, nil)
		var wrong *Error
		if !errors.As(err, &wrong) || !cmp.Equal(p, Strict()) {
			t.Errorf("%v: %+v, %v", settings, p, err)
		}
	}
	if p, err := decoded(nil, errors.New("no")); err == nil || !p.TrustedSendersOnly {
		t.Errorf("what cannot be read: %+v, %v", p, err)
	}
}

func TestPolicyLadder(t *testing.T) {
	ask, tell := protocol.NewMessage(protocol.KindPopup), protocol.NewMessage(protocol.KindNotify)
	wall := ask
	wall.Fallback = "toast,dialog,wall"
	for _, test := range []struct {
		allowed []string
		m       protocol.Message
		want    string
	}{
		{nil, ask, "dialog toast wts"},
		{[]string{}, ask, "dialog"},
		{[]string{}, tell, "toast"},
		{[]string{"wts"}, ask, "dialog wts"},
		{[]string{"toast"}, wall, "toast dialog"},
		{[]string{"wall"}, wall, "dialog wall"},
	} {
		if got := strings.Join(Policy{AllowedFallbacks: test.allowed}.Ladder(test.m), " "); got != test.want {
			t.Errorf("%q of %s %q: %s, want %s", test.allowed, test.m.Kind, test.m.Fallback, got, test.want)
		}
	}
}

func TestRefuses(t *testing.T) {
	only := Policy{TrustedSendersOnly: true}
	ask, stop := protocol.NewMessage("diagnostics"), protocol.NewMessage(protocol.KindControl)
	for _, test := range []struct {
		p       Policy
		m       protocol.Message
		trusted bool
		want    string
	}{
		{Policy{}, ask, false, ""},
		{only, ask, false, TrustedSendersOnly},
		{only, ask, true, ""},
		{only, stop, false, ""},
	} {
		if got := test.p.Refuses(test.m, test.trusted); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}

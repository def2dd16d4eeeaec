package protocol

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The table of MessageBox: https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-messagebox
func TestTypes(t *testing.T) {
	for typ, want := range [][]Button{
		{{1, "OK"}},
		{{1, "OK"}, {2, "Cancel"}},
		{{3, "Abort"}, {4, "Retry"}, {5, "Ignore"}},
		{{6, "Yes"}, {7, "No"}, {2, "Cancel"}},
		{{6, "Yes"}, {7, "No"}},
		{{4, "Retry"}, {2, "Cancel"}},
		{{2, "Cancel"}, {10, "Try Again"}, {11, "Continue"}},
		nil, nil, nil, nil, nil, nil, nil, nil, nil,
	} {
		for _, icon := range []struct {
			bits int
			name string
		}{{0, IconNone}, {16, IconError}, {32, IconQuestion}, {48, IconWarning}, {64, IconInfo}, {80, IconNone}} {
			for i, bits := range []int{0, 256, 512, 768} {
				m := Message{Kind: KindPopup, Type: typ | icon.bits | bits | TypeSystemModal}
				if diff := cmp.Diff(want, m.Offered(), cmp.Transformer("", func(b []Button) []Button { return append([]Button{}, b...) })); diff != "" {
					t.Fatalf("Type %d: %s", m.Type, diff)
				}
				if m.Picture() != icon.name {
					t.Errorf("Type %d: icon %s, want %s", m.Type, m.Picture(), icon.name)
				}
				number := NoButton
				if len(want) > 0 {
					number = want[0].Number
				}
				if i < len(want) {
					number = want[i].Number
				}
				if m.DefaultButton() != number {
					t.Errorf("Type %d: default %d, want %d", m.Type, m.DefaultButton(), number)
				}
			}
		}
	}
}

func TestOffered(t *testing.T) {
	custom := []Button{{101, "Now"}, {102, "Cancel"}}
	okCancel := []Button{{1, "OK"}, {2, "Cancel"}}
	for name, c := range map[string]struct {
		m              Message
		offered        []Button
		preset, cancel int
	}{
		"popup":             {Message{Kind: KindPopup}, okCancel[:1], 1, NoButton},
		"OK and Cancel":     {Message{Kind: KindPopup, Type: 1}, okCancel, 1, 2},
		"second by Type":    {Message{Kind: KindPopup, Type: 1 + 256}, okCancel, 2, 2},
		"by Default":        {Message{Kind: KindPopup, Type: 1, Default: "Cancel"}, okCancel, 2, 2},
		"Default over Type": {Message{Kind: KindPopup, Type: 1 + 256, Default: "OK"}, okCancel, 1, 2},
		"Default not there": {Message{Kind: KindPopup, Type: 1 + 256, Default: "Ok"}, okCancel, 2, 2},
		"Buttons":           {Message{Kind: KindPopup, Type: 3, Buttons: []string{"Now", "Cancel"}}, custom, 101, NoButton},
		"Buttons, Default":  {Message{Kind: KindPopup, Buttons: []string{"Now", "Cancel"}, Default: "Cancel"}, custom, 102, NoButton},
		"Buttons, by Type":  {Message{Kind: KindPopup, Type: 256, Buttons: []string{"Now", "Cancel"}}, custom, 102, NoButton},
		"input":             {Message{Kind: KindInput, Type: 4, Default: "Cancel"}, okCancel, 1, 2},
		"input, Buttons":    {Message{Kind: KindInput, Buttons: []string{"Now", "Cancel"}, Default: "Cancel"}, custom, 101, NoButton},
		"choose":            {Message{Kind: KindChoose, Default: "Cancel"}, okCancel, 1, 2},
		"notify":            {Message{Kind: KindNotify, Type: 1}, []Button{}, NoButton, NoButton},
		"notify, Buttons":   {Message{Kind: KindNotify, Buttons: []string{"Now", "Cancel"}}, custom, 101, NoButton},
		"progress":          {Message{Kind: KindProgress, Type: 1, Buttons: []string{"Now"}}, []Button{}, NoButton, NoButton},
		"cancellable":       {Message{Kind: KindProgress, Cancellable: true}, okCancel[1:], NoButton, 2},
		"control":           {Message{Kind: KindControl, Buttons: []string{"Now"}}, []Button{}, NoButton, NoButton},
		"added kind":        {Message{Kind: "backup", Type: 1}, okCancel, 1, 2},
	} {
		if diff := cmp.Diff(c.offered, c.m.Offered()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := c.m.DefaultButton(); got != c.preset {
			t.Errorf("%s: default %d, want %d", name, got, c.preset)
		}
		if got := c.m.CancelButton(); got != c.cancel {
			t.Errorf("%s: cancel %d, want %d", name, got, c.cancel)
		}
	}
}

func TestIconOverType(t *testing.T) {
	if got := (Message{Type: 16, Icon: IconShield}).Picture(); got != IconShield {
		t.Error(got)
	}
}

func TestAgreed(t *testing.T) {
	for button, want := range map[int]bool{
		NoButton: false, 0: false, ButtonOK: true, ButtonCancel: false, ButtonAbort: false, ButtonRetry: true, ButtonIgnore: false,
		ButtonYes: true, ButtonNo: false, 8: false, ButtonTryAgain: true, ButtonContinue: true, 101: true, 102: false,
	} {
		if Agreed(button) != want {
			t.Errorf("%d: %v", button, !want)
		}
	}
}

package protocol

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// through sends fields through a JSON file.
func throughJSON(t testing.TB, fields Fields) Fields {
	t.Helper()
	data, err := json.Marshal(fields)
	if err != nil {
		t.Fatalf("encode %v: %v", fields, err)
	}
	back, err := ParseJSON(data)
	if err != nil {
		t.Fatalf("parse %s: %v", data, err)
	}
	return back
}

// throughRegistry sends fields through registry values.
func throughRegistry(t testing.TB, fields Fields) Fields {
	t.Helper()
	back := Fields{}
	for name, value := range fields {
		v, err := EncodeRegistry(name, value)
		if err != nil {
			t.Fatalf("encode %v: %v", fields, err)
		}
		back[name] = v.Decode()
	}
	return back
}

var ways = map[string]func(testing.TB, Fields) Fields{
	"fields":   func(_ testing.TB, f Fields) Fields { return f },
	"JSON":     throughJSON,
	"registry": throughRegistry,
}

// source makes random values of every form.
type source struct{ *rand.Rand }

func (s source) text() string {
	const letters = "aZ09 äß€漢字😀\u0301\u202E\\\"'<>&%$|/\t\n{time}.-_"
	runes := []rune(letters)
	var b strings.Builder
	for range s.IntN(30) {
		b.WriteRune(runes[s.IntN(len(runes))])
	}
	return b.String()
}

func (s source) item() string {
	return "i" + strings.NewReplacer("\n", "", "\t", "").Replace(s.text())
}

func (s source) items(n int) []string {
	items := make([]string, n)
	for i := range items {
		items[i] = s.item()
	}
	return items
}

func (s source) time() time.Time {
	return time.UnixMilli(s.Int64N(4e12)).UTC()
}

// message makes a message that is valid and has most fields set.
func (s source) message() Message {
	kinds := []string{KindPopup, KindInput, KindChoose, KindNotify, KindProgress, KindControl, "backup"}
	m := NewMessage(kinds[s.IntN(len(kinds))])
	for _, c := range messageTable.columns {
		switch p := c.at(&m).(type) {
		case *string:
			switch c.Name {
			case "Kind", "Link", "Pattern", "SealTo", "To", "Combine", "Quiet", "Fallback":
			default:
				if *p = s.text(); c.Values != nil {
					*p = c.Values[s.IntN(len(c.Values))]
				}
			}
		case *int:
			if c.Name != "Version" && c.Name != "Type" && (c.Name != "Percent" || m.Kind == KindProgress) {
				*p = c.Min + s.IntN(c.Max-c.Min) + 1
			}
		case *bool:
			*p = s.IntN(2) == 1
		case *time.Time:
			*p = s.time()
		}
	}
	m.Text = "t" + m.Text
	m.Type = s.IntN(7) | s.IntN(5)<<4 | s.IntN(3)<<8
	if s.IntN(2) == 1 {
		m.Link, m.Pattern, m.To = "https://example.org/"+fmt.Sprint(s.IntN(100)), "[a-z]+|€", "user:"+s.item()
		m.Quiet = fmt.Sprintf("%02d:%02d-23:45", s.IntN(23), s.IntN(60))
		m.Fallback = "dialog, wall,none"
		m.Combine = "quorum=" + fmt.Sprint(1+s.IntN(9))
		m.Buttons = s.items(1 + s.IntN(3))
		m.Choices = s.items(1 + s.IntN(MaxListItems))
		m.Variants = map[string]any{
			"Text.de": s.text(), "Hint.pt-BR": s.text(),
			"Buttons.fr": s.items(len(m.Buttons)), "Choices.zh-Hant": s.items(len(m.Choices)),
		}
		m.Extra = Fields{"backupPath": s.text(), "backupSize": s.IntN(1 << 30), "backupSets": s.items(2)}
	}
	if m.Kind == KindChoose && m.Choices == nil {
		m.Choices = s.items(1)
	}
	return m
}

func (s source) reply() Reply {
	statuses := []Status{StatusShown, StatusWaiting, StatusAnswered, StatusTimeout, StatusDismissed, StatusExpired, StatusSkipped, StatusRejected, StatusFailed}
	buttons := []int{NoButton, 1, 2, 11, 101, 164}
	r := Reply{
		Ready: s.IntN(2) == 1, Status: statuses[s.IntN(len(statuses))], Button: buttons[s.IntN(len(buttons))],
		Choice: s.item(), Checked: s.IntN(2) == 1, Seen: s.IntN(2) == 1, User: s.text(), Session: s.text(),
		ShownAt: s.time(), AnsweredAt: s.time(), Channel: ChannelDialog, Error: s.text(), Pid: s.IntN(1 << 22), Started: s.text(),
	}
	switch s.IntN(3) {
	case 0:
		r.Answer = s.text()
	case 1:
		r.Items = s.items(s.IntN(4))
	}
	return r
}

const rounds = 500

func TestMessageRoundTrip(t *testing.T) {
	for seed := range uint64(rounds) {
		m := source{rand.New(rand.NewPCG(seed, 1))}.message()
		for way, through := range ways {
			got, err := DecodeMessage(through(t, m.Fields()))
			if err != nil {
				t.Fatalf("seed %d by %s: %v", seed, way, err)
			}
			if diff := cmp.Diff(m, got); diff != "" {
				t.Fatalf("seed %d by %s: %s", seed, way, diff)
			}
		}
	}
}

func TestReplyRoundTrip(t *testing.T) {
	for seed := range uint64(rounds) {
		r := source{rand.New(rand.NewPCG(seed, 2))}.reply()
		for way, through := range ways {
			got, err := DecodeReply(through(t, r.Fields()))
			if err != nil {
				t.Fatalf("seed %d by %s: %v", seed, way, err)
			}
			if diff := cmp.Diff(r, got); diff != "" {
				t.Fatalf("seed %d by %s: %s", seed, way, diff)
			}
		}
	}
}

func TestPresenceRoundTrip(t *testing.T) {
	for _, p := range []Presence{
		{},
		{Pid: 4711, Started: "133512345678901234", Version: "1.0", Protocol: 1, Kinds: []string{KindPopup, "backup"}, Locale: "de-AT", State: StateLocked},
	} {
		for way, through := range ways {
			got, err := DecodePresence(through(t, p.Fields()))
			if diff := cmp.Diff(p, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("by %s: %v %s", way, err, diff)
			}
		}
	}
}

// Fields that are at their default are not written.
func TestDefaultsAreNotWritten(t *testing.T) {
	want := Fields{"Version": 1, "Kind": "popup", "Text": "x"}
	m := NewMessage(KindPopup)
	m.Text = "x"
	if diff := cmp.Diff(want, m.Fields()); diff != "" {
		t.Error(diff)
	}
	m = NewMessage(KindProgress)
	m.Percent = 0
	if diff := cmp.Diff(Fields{"Version": 1, "Kind": "progress", "Percent": 0}, m.Fields()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Fields{"Status": "shown", "Pid": 7}, Reply{Status: StatusShown, Pid: 7}.Fields()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Fields{"Status": "timeout", "Button": -1, "Ready": true}, Reply{Status: StatusTimeout, Button: NoButton, Ready: true}.Fields()); diff != "" {
		t.Error(diff)
	}
}

package delivery

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/internal/policy"
	"github.com/deskbell/deskbell/internal/session"
	"github.com/deskbell/deskbell/protocol"
)

var errForbidden = errors.New("the program is forbidden")

// means are what the system has to tell somebody without a monitor.
type means struct {
	press  int // in the box; 0 = there is no box
	boxes  []session.Box
	lines  int // terminals
	texts  []string
	policy policy.Policy
	amiss  error // with the policy
}

func (w *means) into(o *Options) {
	o.Computer.ShowBox = func(_ context.Context, _ session.Session, b session.Box) (int, error) {
		w.boxes = append(w.boxes, b)
		if w.press == session.BoxTimedOut {
			<-time.After(b.Timeout)
		}
		if w.press == 0 {
			return 0, session.ErrNoWay
		}
		return w.press, nil
	}
	o.Computer.Write = func(_ context.Context, uid, text string) (int, error) {
		w.texts = append(w.texts, uid+": "+text)
		if w.lines < 0 {
			return 0, session.ErrNoWay
		}
		return w.lines, nil
	}
	o.Computer.Policy = func() (policy.Policy, error) { return w.policy, w.amiss }
}

func failed(box *mailbox.Mailbox, id string, m protocol.Message) error {
	return reply(protocol.Reply{Status: protocol.StatusFailed, Button: protocol.NoButton, Error: "no display"})(box, id, m)
}

// TestFallback asks somebody whom no monitor can show anything.
func TestFallback(t *testing.T) {
	noMonitor := func(o *office) { o.enter("anna", nil).start = errForbidden }
	for name, test := range map[string]struct {
		set     func(*office)
		change  func(*protocol.Message, *Options)
		means   means
		want    Outcome
		button  int
		channel string
		boxes   int
		texts   int
	}{
		"a box":           {noMonitor, nil, means{press: 1}, Answered, 1, "wts", 1, 0},
		"none":            {noMonitor, fall("none"), means{press: 1, lines: 1}, NoMonitor, 0, "", 0, 0},
		"there is no box": {noMonitor, nil, means{lines: 1}, NoMonitor, 0, "", 1, 0},
		"then terminals":  {noMonitor, fall("wts,wall"), means{lines: 1}, Told, -1, "wall", 1, 1},
		"terminals first": {noMonitor, fall("wall,wts"), means{press: 1, lines: 1}, Told, -1, "wall", 0, 1},
		"no terminal":     {noMonitor, fall("wall,wts"), means{press: 1}, Answered, 1, "wts", 1, 1},
		"no way":          {noMonitor, fall("wall,wts"), means{lines: -1}, NoMonitor, 0, "", 1, 1},
		"it failed":       {func(o *office) { o.enter("anna", failed) }, nil, means{press: 1}, Answered, 1, "wts", 1, 0},
		"he answered":     {func(o *office) { o.enter("anna", yes) }, fall("wts,wall"), means{press: 1, lines: 1}, Answered, 1, "", 0, 0},
		"nobody is there": {func(*office) {}, fall("wts,wall"), means{press: 1, lines: 1}, NotLoggedOn, 0, "", 0, 0},
		"he has gone": {func(o *office) {
			o.enter("anna", func(*mailbox.Mailbox, string, protocol.Message) error {
				o.leave("anna")
				return nil
			})
		}, fall("wts,wall"), means{press: 1, lines: 1}, LoggedOff, 0, "", 0, 0},
		"none was to be started": {noMonitor, func(_ *protocol.Message, o *Options) { o.Launch = nil }, means{press: 1}, Nobody, 0, "", 0, 0},
		"but a box was": {noMonitor, func(m *protocol.Message, o *Options) {
			m.Fallback, o.Launch = "wts", nil
		}, means{press: 1}, Answered, 1, "wts", 1, 0},
		"by policy":               {noMonitor, fall("wts,wall"), means{press: 1, lines: 1, policy: policy.Policy{AllowedFallbacks: []string{"wall"}}}, Told, -1, "wall", 0, 1},
		"by no policy":            {noMonitor, fall("wts,wall"), means{press: 1, lines: 1, policy: policy.Strict(), amiss: errForbidden}, NoMonitor, 0, "", 0, 0},
		"everybody's quiet hours": {noMonitor, nil, means{press: 1, policy: policy.Policy{Quiet: protocol.Hours{From: 1, To: 0}}}, NoMonitor, 0, "", 0, 0},
		"though it is critical": {noMonitor, func(m *protocol.Message, _ *Options) {
			m.Urgency = protocol.UrgencyCritical
		}, means{press: 1, policy: policy.Policy{Quiet: protocol.Hours{From: 1, To: 0}}}, Answered, 1, "wts", 1, 0},
		"its own": {noMonitor, func(m *protocol.Message, _ *Options) {
			now := time.Now()
			m.Quiet = now.Add(-time.Hour).Format("15:04") + "-" + now.Add(time.Hour).Format("15:04")
		}, means{press: 1}, NoMonitor, 0, "", 0, 0},
		"he is away": {func(o *office) {
			noMonitor(o)
			o.order[0].State.Locked = true
		}, func(m *protocol.Message, _ *Options) { m.When = protocol.WhenSkip }, means{press: 1}, NoMonitor, 0, "", 0, 0},
		"a number of no button": {noMonitor, nil, means{press: 7}, NoMonitor, 0, "", 1, 0},
		"a field": {noMonitor, func(m *protocol.Message, _ *Options) {
			m.Kind, m.Fallback = protocol.KindInput, "wts"
		}, means{press: 1}, NoMonitor, 0, "", 0, 0},
		"its time is over": {noMonitor, func(m *protocol.Message, _ *Options) { m.Timeout = 1 }, means{press: session.BoxTimedOut}, TimedOut, -1, "wts", -1, 0},
		"it is of no use":  {noMonitor, func(m *protocol.Message, _ *Options) { m.Timeout, m.TTL = 5, 1 }, means{press: session.BoxTimedOut}, Expired, -1, "wts", -1, 0},
		"all time is over": {noMonitor, func(_ *protocol.Message, o *Options) { o.Within = time.Second }, means{press: session.BoxTimedOut}, Over, 0, "", -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			test.set(o)
			m, options := to("user:anna"), o.options()
			m.Details, m.Title = "more of it", "Backup"
			if test.change != nil {
				test.change(&m, &options)
			}
			test.means.into(&options)
			results, err := Send(t.Context(), m, options)
			if err != nil {
				t.Fatal(err)
			}
			r := results[0]
			if r.Outcome != test.want || r.Reply.Button != test.button || r.Reply.Channel != test.channel {
				t.Errorf("%s, button %d, by %q (%v); want %+v", r.Outcome, r.Reply.Button, r.Reply.Channel, r.Err, test)
			}
			if r.Outcome == NoMonitor && !errors.Is(r.Err, errForbidden) {
				t.Errorf("why there is no monitor is lost: %v", r.Err)
			}
			if test.want == Told && !errors.Is(r.Err, ErrTold) || test.want != NotLoggedOn && r.User != "anna" {
				t.Errorf("%+v", r)
			}
			if test.boxes >= 0 && len(test.means.boxes) != test.boxes || len(test.means.texts) != test.texts {
				t.Errorf("%d boxes, %q", len(test.means.boxes), test.means.texts)
			}
			for _, b := range test.means.boxes {
				if b.Title != "From the administrator of this computer — Backup" || b.Text != "From the administrator of this computer\n\nx\n\nmore of it" || !b.Wait || b.Timeout < 0 || b.Timeout > boxSlice {
					t.Errorf("%+v", b)
				}
			}
			for _, text := range test.means.texts {
				if text != "anna: From the administrator of this computer\n\nBackup\n\nx\n\nmore of it\n\nThis question cannot be answered here." {
					t.Errorf("%q", text)
				}
			}
		})
	}
}

func fall(ways string) func(*protocol.Message, *Options) {
	return func(m *protocol.Message, _ *Options) { m.Fallback = ways }
}

// TestFallbackOfNotices tells everybody in whatever way there is.
func TestFallbackOfNotices(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", nil).start = errForbidden
	o.enter("ben", func(box *mailbox.Mailbox, id string, m protocol.Message) error {
		return reply(protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton})(box, id, m)
	})
	m := protocol.NewMessage(protocol.KindNotify)
	m.Text, m.To = "done", "all"
	w := means{press: session.BoxShown}
	options := o.options()
	w.into(&options)
	for range 2 {
		results, err := Send(t.Context(), m, options)
		if err != nil || len(results) != 2 || !results[0].Agreed() || !results[1].Agreed() {
			t.Errorf("%+v, %v", results, err)
		}
		if m.Fallback == "" && (results[0].Reply.Channel != protocol.ChannelWTS || w.boxes[0].Wait) {
			t.Errorf("%+v", results[0])
		}
		if m.Fallback != "" && (results[0].Outcome != Answered || results[1].Outcome != Told || results[1].Err != nil || results[1].UID != "anna") {
			t.Errorf("%+v", results)
		}
		m.Fallback, w.lines = "wall", 2
	}
	if len(w.texts) != 1 || !strings.HasSuffix(w.texts[0], "done") {
		t.Errorf("written: %q", w.texts)
	}
}

// TestFallbackCombined: what is said in a box counts as what is said in a window;
// who is told on a terminal has not been reached.
func TestFallbackCombined(t *testing.T) {
	for name, test := range map[string]struct {
		fallback string
		means    means
		yes      bool
		second   Outcome
	}{
		"a no by box":       {"", means{press: 2}, false, Answered},
		"a yes by box":      {"", means{press: 1}, true, Answered},
		"told on terminals": {"wall", means{lines: 1}, false, Answered},
	} {
		o := newOffice(t)
		o.enter("anna", yes)
		o.enter("ben", nil).start = errForbidden
		m := to("all")
		m.Type, m.Combine, m.Absent, m.Fallback = 1, "all", "no", test.fallback
		options := o.options()
		test.means.into(&options)
		results, err := Send(t.Context(), m, options)
		if err != nil || results[0].Agreed() != test.yes {
			t.Errorf("%s: %+v, %v", name, results, err)
		}
		if test.fallback == "wall" && (results[0].Outcome != Told || results[0].CountsAs != "no") {
			t.Errorf("%s: %+v", name, results[0])
		}
	}
}

// TestFallbackIsWithdrawn: who gives up waits no longer, though the box stays.
func TestFallbackIsWithdrawn(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", nil).start = errForbidden
	ctx, cancel := context.WithCancel(t.Context())
	options := o.options()
	options.Computer.ShowBox = func(ctx context.Context, _ session.Session, _ session.Box) (int, error) {
		cancel()
		<-ctx.Done()
		return 0, ctx.Err()
	}
	results, err := Send(ctx, to("all"), options)
	if err != nil || results[0].Outcome != Interrupted {
		t.Errorf("%+v, %v", results, err)
	}
}

// TestFallbackIsShownAnew: a box that nobody answers is not left on screen for
// longer than a while, as it cannot be taken back.
func TestFallbackIsShownAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &letter{delivery: &Delivery{}, message: question("x")}
		l.message.Timeout = int((2*boxSlice + time.Minute) / time.Second)
		var shown []time.Duration
		l.delivery.options.Computer.ShowBox = func(_ context.Context, _ session.Session, b session.Box) (int, error) {
			shown = append(shown, b.Timeout)
			<-time.After(b.Timeout)
			return session.BoxTimedOut, nil
		}
		n := notice{message: l.message}
		n.question.Buttons = []dialog.Button{{Number: 1}}
		r, err := l.askByBox(t.Context(), session.Session{}, n)
		if want := []time.Duration{boxSlice, boxSlice, time.Minute}; err != nil || r.Outcome != TimedOut || !cmp.Equal(shown, want) {
			t.Errorf("%+v, %v, shown for %v", r, err, shown)
		}
	})
}

// TestBoxButtons puts what a message offers onto the buttons that a box has.
func TestBoxButtons(t *testing.T) {
	for _, test := range []struct {
		change func(*protocol.Message)
		style  uint32
		press  map[int]int // nil = it cannot be asked so
		named  bool
	}{
		{func(m *protocol.Message) { m.Type = 0 }, 0, map[int]int{1: 1}, false},
		{func(m *protocol.Message) { m.Type = 1 + 16 + 256 + 4096 }, 1 + 16 + 256 + 4096, map[int]int{1: 1, 2: 2}, false},
		{func(m *protocol.Message) { m.Type = 2 + 48 }, 2 + 48, map[int]int{3: 3, 4: 4, 5: 5}, false},
		{func(m *protocol.Message) { m.Type, m.Icon = 3+512, "question" }, 3 + 512 + 32, map[int]int{6: 6, 7: 7, 2: 2}, false},
		{func(m *protocol.Message) { m.Type, m.Default = 4, "No" }, 4 + 256, map[int]int{6: 6, 7: 7}, false},
		{func(m *protocol.Message) { m.Type = 5 }, 5, map[int]int{4: 4, 2: 2}, false},
		{func(m *protocol.Message) { m.Type = 6 + 64 }, 6 + 64, map[int]int{2: 2, 10: 10, 11: 11}, false},
		{func(m *protocol.Message) { m.Buttons = []string{"yes", "no"} }, 4, map[int]int{6: 101, 7: 102}, false},
		{func(m *protocol.Message) { m.Buttons = []string{"Now"} }, 0, map[int]int{1: 101}, true},
		{func(m *protocol.Message) { m.Buttons, m.Default = []string{"Now", "Later"}, "Later" }, 4 + 256, map[int]int{6: 101, 7: 102}, true},
		{func(m *protocol.Message) { m.Buttons = []string{"a", "b", "c"} }, 3, map[int]int{6: 101, 7: 102, 2: 103}, true},
		{func(m *protocol.Message) { m.Buttons = []string{"a", "b", "c", "d"} }, 0, nil, false},
		{func(m *protocol.Message) { m.Check = "tick" }, 0, nil, false},
		{func(m *protocol.Message) { m.Kind = protocol.KindInput }, 0, nil, false},
		{func(m *protocol.Message) { m.Kind = protocol.KindChoose }, 0, nil, false},
		{func(m *protocol.Message) { m.Kind = protocol.KindProgress }, 0, nil, false},
		{func(m *protocol.Message) { m.Kind = protocol.KindNotify }, 0, map[int]int{1: -1}, false},
	} {
		m := protocol.NewMessage(protocol.KindPopup)
		m.Text = "x"
		test.change(&m)
		b, ok := boxButtonsOf(m)
		if ok != (test.press != nil) || !ok {
			if ok {
				t.Errorf("%+v: can be asked", m)
			}
			continue
		}
		if b.style(m) != test.style || !cmp.Equal(b.press, test.press) || b.named != test.named {
			t.Errorf("%v %d: style %d, %+v", m.Buttons, m.Type, b.style(m), b)
		}
	}
}

// TestBoxNamesButtons: what stands for what is in the text, in the language of
// who reads it, and cut text cuts none of it.
func TestBoxNamesButtons(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", nil).start = errForbidden
	o.order[0].Locale = "de-AT"
	m := to("user:anna")
	m.Text, m.Buttons = strings.Repeat("x", 10000), []string{"Now", "Later"}
	m.Variants = map[string]any{"Buttons.de": []string{"Jetzt", "Später"}}
	options := o.options()
	w := means{press: 7}
	w.into(&options)
	results, err := Send(t.Context(), m, options)
	if err != nil || results[0].Reply.Button != 102 || results[0].Reply.Choice != "Later" {
		t.Fatalf("%+v, %v", results, err)
	}
	if text := w.boxes[0].Text; !strings.HasSuffix(text, "x…\n\n„Ja“ steht für „Jetzt“\n„Nein“ steht für „Später“") || len([]rune(text)) > boxText+100 {
		t.Errorf("%q", text)
	}
}

// TestRefused: a reply that names a policy is no mistake of the sender's.
func TestRefused(t *testing.T) {
	o := newOffice(t)
	o.enter("anna", func(box *mailbox.Mailbox, id string, m protocol.Message) error {
		return reply(protocol.Reply{Status: protocol.StatusRejected, Button: protocol.NoButton, Policy: policy.TrustedSendersOnly, Error: "no"})(box, id, m)
	})
	results, err := Send(t.Context(), to("all"), o.options())
	var refused *PolicyError
	if err != nil || results[0].Outcome != Refused || !errors.As(results[0].Err, &refused) || refused.Setting != policy.TrustedSendersOnly {
		t.Errorf("%+v, %v", results, err)
	}
	if voteOf(results[0]) != absent {
		t.Errorf("a refusal is a vote: %v", voteOf(results[0]))
	}
}

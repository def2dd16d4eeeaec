package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

func no(box *mailbox.Mailbox, id string, m protocol.Message) error {
	return reply(protocol.Reply{Status: protocol.StatusAnswered, Button: 2})(box, id, m)
}

func letBe(box *mailbox.Mailbox, id string, m protocol.Message) error {
	return reply(protocol.Reply{Status: protocol.StatusTimeout, Button: protocol.NoButton})(box, id, m)
}

// inBubble runs a test where time goes on as soon as nothing else does.
func inBubble(test func(*testing.T)) func(*testing.T) {
	return func(t *testing.T) { synctest.Test(t, test) }
}

type answering = func(*mailbox.Mailbox, string, protocol.Message) error

// TestPeople asks several at once, on their own mailboxes, and makes one answer
// of what each does; a name with no answer is of somebody who is not there.
func TestPeople(t *testing.T) {
	for name, test := range map[string]struct {
		combine, absent string
		people          map[string]answering // nil waits
		to              string
		within          time.Duration
		want            Outcome
		who             string
		countsAs        string
		yes             bool
	}{
		"first, a no":         {"", "", map[string]answering{"anna": no, "ben": nil}, "all", 0, Answered, "anna", "", false},
		"any":                 {"any", "", map[string]answering{"anna": no, "ben": yes}, "all", 0, Answered, "ben", "", true},
		"any, nobody":         {"any", "", map[string]answering{"anna": no, "ben": letBe}, "all", 0, Answered, "anna", "", false},
		"all":                 {"all", "", map[string]answering{"anna": yes, "ben": yes}, "all", 0, Answered, "", "", true},
		"all, one no":         {"all", "", map[string]answering{"anna": no, "ben": nil}, "all", 0, Answered, "anna", "", false},
		"all, one silent":     {"all", "", map[string]answering{"anna": letBe, "ben": nil}, "all", 0, TimedOut, "anna", "", false},
		"veto":                {"veto", "", map[string]answering{"anna": no, "ben": nil}, "all", 0, Answered, "anna", "", false},
		"veto, one silent":    {"veto", "", map[string]answering{"anna": yes, "ben": letBe}, "all", 0, Answered, "anna", "", true},
		"veto, all silent":    {"veto", "", map[string]answering{"anna": letBe, "ben": letBe}, "all", 0, TimedOut, "", "yes", true},
		"veto, time over":     {"veto", "", map[string]answering{"anna": yes, "ben": nil}, "all", 50 * time.Millisecond, Answered, "anna", "", true},
		"quorum":              {"quorum=2", "", map[string]answering{"anna": yes, "ben": nil, "cleo": yes}, "all", 0, Answered, "", "", true},
		"quorum, too few":     {"quorum=2", "", map[string]answering{"anna": yes}, "all", 0, Answered, "anna", "no", false},
		"quorum, one missing": {"quorum=2", "", map[string]answering{"anna": yes}, "user:anna,user:ben", 0, NotLoggedOn, "ben", "", false},
		"absent ignored":      {"all", "", map[string]answering{"anna": yes}, "user:anna,user:ben", 0, Answered, "anna", "", true},
		"absent as no":        {"all", "no", map[string]answering{"anna": yes}, "user:anna,user:ben", 0, NotLoggedOn, "ben", "no", false},
		"absent as yes":       {"quorum=2", "yes", map[string]answering{"anna": yes}, "user:anna,user:ben", 0, Answered, "anna", "", true},
		"all are absent":      {"veto", "yes", nil, "user:anna,user:ben", 0, NotLoggedOn, "", "yes", true},
		"nobody is left":      {"veto", "ignore", nil, "all", 0, NotLoggedOn, "", "", false},
	} {
		// In time of its own: whoever answers does so before it is over.
		t.Run(name, inBubble(func(t *testing.T) {
			o := newOffice(t)
			for _, who := range []string{"anna", "ben", "cleo"} {
				if answer, there := test.people[who]; there {
					o.enter(who, answer)
				}
			}
			m := to(test.to)
			m.Type, m.Combine, m.Absent = 1, test.combine, test.absent
			options := o.options()
			options.Within = test.within
			results, err := Send(t.Context(), m, options)
			if err != nil {
				t.Fatal(err)
			}
			r := results[0]
			if r.Outcome != test.want || r.CountsAs != test.countsAs || r.Agreed() != test.yes || test.who != "" && r.User != test.who {
				t.Errorf("%s of %s (%v), counts as %q, agreed %v; want %+v", r.Outcome, r.User, r.Err, r.CountsAs, r.Agreed(), test)
			}
			for _, other := range results[1:] {
				if other.User == "" || other.Outcome == "" || other.User == r.User {
					t.Errorf("beside it: %+v", other)
				}
			}
			if test.people != nil && len(results) != max(len(test.people), 1+len(slices.DeleteFunc([]byte(test.to), func(b byte) bool { return b != ',' }))) {
				t.Errorf("%d results: %+v", len(results), results)
			}
		}))
	}
}

// TestPeopleGivenUp: who asks several and gives up has no answer, whatever the
// absent count as.
func TestPeopleGivenUp(t *testing.T) {
	o := newOffice(t)
	ctx, cancel := context.WithCancel(t.Context())
	o.enter("anna", func(*mailbox.Mailbox, string, protocol.Message) error {
		cancel()
		return nil
	})
	m := to("user:anna,user:ben")
	m.Combine, m.Absent = "veto", "yes"
	results, err := Send(ctx, m, o.options())
	if err != nil || results[0].Outcome != Interrupted || results[0].Agreed() || !errors.Is(results[0].Err, context.Canceled) {
		t.Errorf("%+v, %v", results, err)
	}
}

// Each of several people is waited for where each one's own answer is wanted.
func TestEverybodysOwnAnswer(t *testing.T) {
	o := newOffice(t)
	for who, answer := range map[string]answering{"anna": no, "ben": yes, "cleo": letBe} {
		o.enter(who, answer)
	}
	m := to("user:anna,user:ben,user:cleo,user:dora")
	m.Type = 1
	options := o.options()
	options.Everybody = true
	results, err := Send(t.Context(), m, options)
	if err != nil || len(results) != 4 {
		t.Fatalf("%+v, %v", results, err)
	}
	got := map[string]Outcome{}
	for _, r := range results {
		got[r.User] = r.Outcome
		if r.CountsAs != "" {
			t.Errorf("%s counts as %q", r.User, r.CountsAs)
		}
	}
	if want := (map[string]Outcome{"anna": Answered, "ben": Answered, "cleo": TimedOut, "dora": NotLoggedOn}); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

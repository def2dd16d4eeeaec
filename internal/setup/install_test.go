package setup

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// part is a thing that a test plays.
type part struct {
	name  string
	state State
	fails error
	made  int
}

func (p *part) thing() thing {
	return thing{
		look: func(context.Context) []Finding { return []Finding{{What: p.name, State: p.state}} },
		make: func(context.Context) error {
			p.made++
			if p.fails == nil {
				p.state = OK
			}
			return p.fails
		},
	}
}

// Only what is not as it should be is made, in order, up to what cannot be; then
// all is read back.
func TestCarryOut(t *testing.T) {
	there := &part{name: "there", state: OK}
	missing := &part{name: "missing", state: Missing}
	other := &part{name: "other", state: Different}
	broken := &part{name: "broken", state: Missing, fails: errors.New("the disk is full")}
	after := &part{name: "after", state: Missing}
	things := []thing{there.thing(), missing.thing(), other.thing(), broken.thing(), after.thing()}
	findings, err := Installation{}.carryOut(t.Context(), things)
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{
		{What: "there", State: OK},
		{What: "missing", State: OK, Act: "make"},
		{What: "other", State: OK, Act: "change"},
		{What: "broken", State: Failed, Act: "make", Problem: "the disk is full"},
		{What: "after", State: Failed, Problem: "it is missing"},
	}
	if !slices.Equal(findings, want) || Good(findings) {
		t.Errorf("it says\n%+v, want\n%+v", findings, want)
	}
	for _, p := range []*part{there, missing, other, broken, after} {
		if want := map[string]int{"missing": 1, "other": 1, "broken": 1}[p.name]; p.made != want {
			t.Errorf("%s was made %d times, want %d", p.name, p.made, want)
		}
	}
	// What had failed is done by the next one, and nothing else.
	broken.fails = nil
	if findings, err := (Installation{}).carryOut(t.Context(), things); err != nil || !Good(findings) {
		t.Errorf("the next one: %+v, %v", findings, err)
	}
	if missing.made != 1 || broken.made != 2 || after.made != 1 {
		t.Errorf("the next one made missing %d, broken %d, after %d times", missing.made, broken.made, after.made)
	}
}

// What says that it was made, and is not so when it is read back, has failed.
func TestReadBack(t *testing.T) {
	lies := thing{
		look: func(context.Context) []Finding {
			return []Finding{{What: "liar", State: Different, Problem: "wide open"}}
		},
		make: func(context.Context) error { return nil },
	}
	findings, err := Installation{}.carryOut(t.Context(), []thing{lies})
	if want := []Finding{{What: "liar", State: Failed, Problem: "wide open", Act: "change"}}; err != nil || !slices.Equal(findings, want) {
		t.Errorf("%+v, %v; want %+v", findings, err, want)
	}
}

func TestFinding(t *testing.T) {
	for _, test := range []struct {
		err  error
		want State
	}{
		{nil, OK},
		{&fs.PathError{Err: fs.ErrNotExist}, Missing},
		{&fs.PathError{Err: fs.ErrPermission}, Unseen},
		{errors.New("x"), Different},
	} {
		if f := finding("a", "b", test.err); f.State != test.want {
			t.Errorf("%v is %+v", test.err, f)
		}
	}
}

func TestRootOf(t *testing.T) {
	for _, test := range []struct {
		paths []string
		want  string
	}{
		{[]string{"/var/lib/deskbell", "/var/lib/deskbell/deskbell", "/var/lib/deskbell/deskbell/inbox"}, "/var/lib/deskbell/deskbell"},
		{[]string{`HKLM\SOFTWARE\Deskbell`, `HKLM\SOFTWARE\Deskbell\Queues\deskbell\Inbox`, `HKLM\SOFTWARE\Deskbell\Queues\deskbell\Outbox`}, `HKLM\SOFTWARE\Deskbell\Queues\deskbell`},
		{nil, ""},
	} {
		var components []mailbox.Component
		for _, path := range test.paths {
			components = append(components, mailbox.Component{Path: path})
		}
		if got := rootOf(components); got != test.want {
			t.Errorf("of %q it is %q, want %q", test.paths, got, test.want)
		}
	}
}

package mailbox_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// act is something that a sender, a monitor, the service, install or uninstall does
// in a mailbox.
type act struct {
	name string
	do   func(*attacked) error
}

// acts are all of them, each in the way that it could be led astray; first those
// that read what only this system can say where it came from. The last one ends the
// mailbox.
func acts() []act { return slices.Concat(readingActs, commonActs) }

var commonActs = []act{
	{"attending", func(a *attacked) error { _, err := a.box.Attending(); return err }},
	{"put", func(a *attacked) error { return a.box.Put("b", asked("?")) }},
	{"update", func(a *attacked) error { return a.box.Update("new", asked("!")) }},
	{"claim", func(a *attacked) error { return a.box.Claim("new", protocol.Reply{}) }},
	{"reply", func(a *attacked) error {
		return a.box.Reply("new", protocol.Reply{Status: protocol.StatusAnswered, Button: 101})
	}},
	{"drop", func(a *attacked) error { return a.box.Drop("new") }},
	{"disown", func(a *attacked) error { return a.box.Disown() }},
	{"sweep", func(a *attacked) error { return a.box.Sweep() }},
	{"sweep later", func(a *attacked) error {
		s, err := mailbox.OpenStore(a.place)
		if err != nil {
			return err
		}
		later, err := mailbox.OpenLater(s, a.place.Scope, 1000*time.Hour)
		return errors.Join(err, later.Sweep())
	}},
	{"forget", func(a *attacked) error { return a.box.Forget("new") }},
	{"forget a ghost", func(a *attacked) error { return a.box.Forget("ghost") }},
	{"inspect", func(a *attacked) error { _, err := mailbox.Inspect(a.place); return err }},
	{"queues", func(a *attacked) error {
		_, err := mailbox.Queues()
		_, users := mailbox.Users(a.place.Queue)
		return errors.Join(err, users)
	}},
	{"users' queues", func(a *attacked) error { _, err := mailbox.UserQueues(a.place.UID); return err }},
	{"make", func(a *attacked) error { return mailbox.Make(a.place) }},
	{"put into what was made", func(a *attacked) error {
		b, err := mailbox.Open(a.place)
		if err != nil {
			return err
		}
		return errors.Join(b.Put("c", asked("?")), b.Claim("c", protocol.Reply{}))
	}},
	{"delete", func(a *attacked) error { return mailbox.Delete(a.place) }},
}

var errLeaked = errors.New("it was read outside")

// expected tells whether an act may say this without naming a component: what
// is exchanged is not there, or is a record of him who may write there, if a
// bad one.
func expected(err error) bool {
	for _, known := range []error{
		fs.ErrNotExist, mailbox.ErrWithdrawn, mailbox.ErrClaimLost, mailbox.ErrClaimed, mailbox.ErrSpent, mailbox.ErrFetched, fs.ErrExist,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	var misfit *mailbox.MisfitError
	return err == nil || errors.As(err, &misfit)
}

// names tells whether an error says which component it is about.
func names(err error, path string) bool {
	for _, rest := range strings.Split(err.Error(), path)[1:] {
		if !strings.HasPrefix(rest, string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// try does everything, and looks outside after each.
func (a *attacked) try(path, kind string) {
	a.t.Helper()
	before := a.look()
	named := false
	for _, act := range acts() {
		ended := make(chan error, 1)
		go func() { ended <- act.do(a) }()
		var err error
		select {
		case err = <-ended:
		case <-time.After(2 * time.Minute):
			a.t.Fatalf("%s in the place of %s: %s does not end", kind, path, act.name)
		}
		if errors.Is(err, errLeaked) {
			a.t.Errorf("%s in the place of %s: %s: %v", kind, path, act.name, err)
		}
		named = named || err != nil && names(err, path)
		if !expected(err) && !names(err, path) {
			a.t.Errorf("%s in the place of %s: %s does not name it: %v", kind, path, act.name, err)
		}
		if after := a.look(); after != before {
			a.t.Fatalf("%s in the place of %s: %s changed what is outside:\n%swas\n%s", kind, path, act.name, after, before)
		}
	}
	if !isRecord(path) && !named {
		a.t.Errorf("%s in the place of %s: nobody named it", kind, path)
	}
}

package conformance

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

// record is what lies under a name of a mailbox.
type record struct {
	fields protocol.Fields
	// forms says how each field is written down, by folded name: "REG_DWORD",
	// "a string".
	forms map[string]string
}

// get returns a field, whatever the case of its name; nil where there is none.
func (r record) get(name string) any {
	for other, value := range r.fields {
		if strings.EqualFold(other, name) {
			return value
		}
	}
	return nil
}

func (r record) ready() bool {
	reply, err := protocol.DecodeReply(protocol.Fields{"Ready": r.get("Ready")})
	return err == nil && reply.Ready
}

// place is a user mailbox as whoever writes a few lines of script sees it. A
// name is written as it is given. What is not there is fs.ErrNotExist.
type place interface {
	// put makes a message that is there whole.
	put(id string, fields protocol.Fields) error
	// begin makes a message that is not Ready yet, finish makes it so.
	begin(id string, fields protocol.Fields) error
	finish(id string) error
	// rewrite changes fields of a message; it has to be given all of them.
	rewrite(id string, fields protocol.Fields) error
	// claim makes a record in the Outbox, fs.ErrExist where there is one.
	claim(id string, fields protocol.Fields) error
	// overwrite puts a record of the Outbox in the place of another.
	overwrite(id string, fields protocol.Fields) error
	read(box mailbox.Box, id string) (record, error)
	// names are those of records in a box as they are written, without what is
	// on its way.
	names(box mailbox.Box) ([]string, error)
	// leftovers are what lies in the Inbox and is no message.
	leftovers() ([]string, error)
	remove(box mailbox.Box, id string) error
	// removeBoxes removes the Inbox and the Outbox with all that is in them.
	removeBoxes() error
	// watch records from now on who does what to messages and replies.
	watch(ctx context.Context) (recorder, error)
	// access says who but the user may read what is there.
	access(reply string) ([]string, error)

	// odd are messages in forms that this system alone knows. All are a popup
	// with the buttons "%OS%" and "No".
	odd() []oddMessage
	// strays put what is no message into the Inbox, and return what takes it
	// away again after looking whether it is as it was. made is nil where this
	// system has none of the sort.
	strays(sort stray, id string) (made *strayed, err error)
}

// oddMessage is a message in a form of its own.
type oddMessage struct {
	what string
	put  func(id, text string) error
}

// stray is a sort of things that are no messages.
type stray int

const (
	badNames stray = iota // records with names that are no ids
	badFiles              // what is no regular file
	badReply              // a link in the Outbox
)

// strayed is what was put there.
type strayed struct {
	names []string // under which a reply would come
	clear func() (touched []string, err error)
}

// recorder tells how records came to be and went. What it has not seen it
// takes for well done.
type recorder interface {
	// message and reply say what about the writing of one would let another
	// read half of it; "" for nothing.
	message(id string) string
	reply(id string) string
	// removal says what is wrong with how a message and its reply were removed.
	removal(id string) string
	// looks is how often a reply was opened by now; false where that cannot be
	// seen.
	looks(id string) (int, bool)
	close() error
}

// changed names the fields that differ between two versions of a record, but
// for those that may.
func changed(before, after record, may func(name string) bool) []string {
	var names []string
	folded := func(r record) map[string]any {
		all := map[string]any{}
		for name, value := range r.fields {
			all[protocol.Fold(name)] = value
		}
		return all
	}
	b, a := folded(before), folded(after)
	for name := range maps.Keys(merge(b, a)) {
		was, is := b[name], a[name]
		if !may(name) && !same(was, is) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func merge(a, b map[string]any) map[string]any {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func same(a, b any) bool {
	x, isList := a.([]string)
	y, other := b.([]string)
	if isList || other {
		return isList && other && slices.Equal(x, y)
	}
	return a == b
}

// live reports whether a field may be changed while a message is on screen.
func live(name string) bool {
	base, _, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(protocol.Messages(), func(f protocol.Field) bool {
		return f.Live && strings.EqualFold(f.Name, base)
	})
}

// exists reports whether a record is there.
func exists(p place, box mailbox.Box, id string) bool {
	_, err := p.read(box, id)
	return !errors.Is(err, fs.ErrNotExist)
}

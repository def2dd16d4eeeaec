package setup

import (
	"context"
	"errors"
	"slices"
	"strings"

	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
)

// linkKey is where a 32-bit program finds Deskbell.
const linkKey = `HKLM\SOFTWARE\WOW6432Node\Deskbell`

// lastThings is the link that lets 32-bit programs reach the machine mailboxes.
// What they wrote before there was one keeps it from being made, and nothing
// else.
func (Installation) lastThings() []thing {
	look := func(context.Context) []Finding {
		err := mailbox.CheckWOW64()
		f := finding("link for 32-bit programs", linkKey, err)
		var left *mailbox.LeftOverError
		if errors.As(err, &left) {
			f.Advice = "look at what is there, then reg delete " + linkKey + " /f and deskbell install, as administrator"
		}
		return []Finding{f}
	}
	return []thing{{
		look: look,
		make: func(context.Context) error { return mailbox.LinkWOW64() },
		remove: func(context.Context) error {
			return errors.Join(mailbox.UnlinkWOW64(), mailbox.DiscardWOW64())
		},
		// Where there is no 32-bit side all is well, and nothing is left.
		gone: func(ctx context.Context) []Finding {
			if !linkThere() {
				return nil
			}
			return unlessShared(look(ctx))
		},
	}}
}

// linkThere reports whether there is something in the place of the link, to
// wherever it leads.
func linkThere() bool {
	side, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\WOW6432Node`, registry.ENUMERATE_SUB_KEYS|registry.WOW64_64KEY)
	if err != nil {
		return !errors.Is(err, registry.ErrNotExist)
	}
	defer side.Close()
	names, err := side.ReadSubKeyNames(-1)
	return err != nil || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, "Deskbell") })
}

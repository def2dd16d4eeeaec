package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/logging"
)

// systemThings are those of Windows besides, which all queues have in common.
func (Installation) systemThings() []thing { return []thing{source()} }

// unlessShared is what there is of a thing that all queues have in common,
// nothing while there is another.
func unlessShared(findings []Finding) []Finding {
	if sharedByQueues() {
		return nil
	}
	var left []Finding
	for _, f := range findings {
		if f.State != Missing {
			left = append(left, f)
		}
	}
	return left
}

const sourceKey = `SYSTEM\CurrentControlSet\Services\EventLog\Application\` + logging.Source

// source makes Deskbell known to the event log.
func source() thing {
	look := func(context.Context) []Finding {
		return []Finding{finding("source of events", `HKLM\`+sourceKey, lookAtSource())}
	}
	return thing{
		look: look,
		make: func(context.Context) error {
			return errors.Join(logging.Unregister(), logging.Register())
		},
		remove: func(context.Context) error { return logging.Unregister() },
		gone:   func(ctx context.Context) []Finding { return unlessShared(look(ctx)) },
	}
}

// lookAtSource says what is wrong with what the event log knows.
func lookAtSource() error {
	key, err := registry.OpenKey(registry.LOCAL_MACHINE, sourceKey, registry.QUERY_VALUE)
	if err != nil {
		return err
	}
	defer key.Close()
	// Not wrapped: the key is there.
	file, _, err := key.GetStringValue("EventMessageFile")
	if err != nil {
		return fmt.Errorf("it has no texts: EventMessageFile: %v", err)
	}
	if !strings.HasSuffix(strings.ToLower(file), `\eventcreate.exe`) {
		return fmt.Errorf("its texts are in %s", file)
	}
	const informationWarningError = 7
	types, _, err := key.GetIntegerValue("TypesSupported")
	if err != nil || types != informationWarningError {
		return fmt.Errorf("it has types %d", types)
	}
	return nil
}

// otherUsers are the SIDs of the users whose hives are loaded, but for the
// caller. Services' accounts have none of ours.
func otherUsers() []string {
	names, err := registry.USERS.ReadSubKeyNames(-1)
	if err != nil && len(names) == 0 {
		return nil
	}
	own := ""
	if user, err := windows.GetCurrentProcessToken().GetTokenUser(); err == nil {
		own = user.User.Sid.String()
	}
	var sids []string
	for _, name := range names {
		person := strings.HasPrefix(name, "S-1-5-21-") || strings.HasPrefix(name, "S-1-12-1-")
		if person && !strings.HasSuffix(name, "_Classes") && !strings.EqualFold(name, own) {
			sids = append(sids, name)
		}
	}
	return sids
}

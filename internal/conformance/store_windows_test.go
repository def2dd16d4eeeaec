package conformance

import (
	"errors"

	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

func openStore(queue string) (mailbox.Store, error) {
	return mailbox.NewRegistry(registry.CURRENT_USER, `Software\Deskbell\Queues\`+queue), nil
}

func writeMessage(mailbox.Store, string, protocol.Fields) error { return errors.ErrUnsupported }
func writeInPlace(mailbox.Store, string, protocol.Fields) error { return errors.ErrUnsupported }

// Faults as this system shows them: who writes a reply anew writes to a key
// that is Ready.
var (
	monitorFaults = map[string][]string{grabs: {"4.11", "4.2", "4.4", "4.5"}}
	senderFaults  map[string][]string
)

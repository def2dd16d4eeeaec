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

// Faults that this system alone can show.
var monitorFaults, senderFaults map[string][]string

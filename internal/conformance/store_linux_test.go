package conformance

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/deskbell/deskbell/internal/mailbox"
	"github.com/deskbell/deskbell/protocol"
)

func openStore(queue string) (mailbox.Store, error) {
	return mailbox.NewSpool(directory(queue)), nil
}

func directory(queue string) string { return filepath.Join(os.Getenv("DESKBELL_RUNTIME_DIR"), queue) }

// writeMessage writes a message under its name from the beginning.
func writeMessage(_ mailbox.Store, id string, fields protocol.Fields) error {
	return write(filepath.Join(directory(strings.Fields(os.Getenv(asEnv))[1]), "inbox", id+extension), fields)
}

// writeInPlace writes a reply that is there once more.
func writeInPlace(_ mailbox.Store, id string, fields protocol.Fields) error {
	return write(filepath.Join(directory(strings.Fields(os.Getenv(asEnv))[1]), "outbox", id+extension), fields)
}

func write(file string, fields protocol.Fields) error {
	text, err := fields.MarshalJSON()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// Faults that this system alone can show.
var (
	monitorFaults = map[string][]string{inPlace: {"4.5"}}
	senderFaults  = map[string][]string{openly: {"3.41"}}
)

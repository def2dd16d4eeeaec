package processor

import (
	"context"

	"github.com/deskbell/deskbell/protocol"
)

// Control answers control messages. What the command asks for is the
// monitor's to do, once the reply has been written.
type Control struct{}

// Process implements Processor; it does not block.
func (Control) Process(context.Context, protocol.Message, <-chan protocol.Message) (protocol.Reply, error) {
	return protocol.Reply{Status: protocol.StatusAnswered, Button: protocol.NoButton}, nil
}

// Package inputbox placeholder
package inputbox

import (
	"context"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// New returns a dialog for input and choose.
func New() dialog.Dialog { return box{} }

type box struct{}

func (box) Show(ctx context.Context, q dialog.Question, updates <-chan dialog.Question) (protocol.Reply, error) {
	return protocol.Reply{}, dialog.ErrUnavailable
}

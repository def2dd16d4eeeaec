// Package balloon shows notices.
package balloon

import (
	"context"

	"github.com/deskbell/deskbell/internal/dialog"
	"github.com/deskbell/deskbell/protocol"
)

// New returns a dialog for notify.
func New() dialog.Dialog { return balloon{} }

type balloon struct{}

func (balloon) Show(context.Context, dialog.Question, <-chan dialog.Question) (protocol.Reply, error) {
	return protocol.Reply{}, dialog.ErrUnavailable
}

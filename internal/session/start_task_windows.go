package session

import (
	"context"
	"errors"

	processes "github.com/deskbell/deskbell/internal/process"
)

func startByTask(ctx context.Context, s Session, p Program) (processes.ID, error) {
	return processes.ID{}, errors.ErrUnsupported
}

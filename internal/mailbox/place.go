package mailbox

import (
	"errors"
	"fmt"
)

type Scope string

const (
	ScopeUser     Scope = "user"
	ScopeAssigned Scope = "assigned"
	ScopeMachine  Scope = "machine"
	ScopeService  Scope = "service"
)

type Place struct {
	Queue string
	Scope Scope
	UID   string
}

func Open(p Place) (*Mailbox, error) {
	if p.Scope == ScopeUser && p.UID == "" {
		return OpenUser(p.Queue)
	}
	return nil, fmt.Errorf("open the %s mailbox: %w", p.Scope, errors.ErrUnsupported)
}

func Make(p Place) error { return errors.ErrUnsupported }

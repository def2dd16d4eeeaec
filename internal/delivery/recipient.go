package delivery

import "github.com/deskbell/deskbell/protocol"

// Scopes say through which kind of mailbox a message goes.
const (
	ScopeAuto     = "auto"
	ScopeUser     = "user"
	ScopeAssigned = "assigned"
	ScopeMachine  = "machine"
	ScopeService  = "service"
)

// Scopes lists them all.
func Scopes() []string {
	return []string{ScopeAuto, ScopeUser, ScopeAssigned, ScopeMachine, ScopeService}
}

// checkRecipient returns a *RecipientError for whom the user mailbox does not
// reach. Both "active" and nobody named are the sender himself.
func checkRecipient(m protocol.Message, scope string) error {
	switch {
	case m.To != "" && m.To != "active":
		return &RecipientError{m.To}
	case scope != "" && scope != ScopeAuto && scope != ScopeUser:
		return &RecipientError{"the " + scope + " mailbox"}
	}
	return nil
}

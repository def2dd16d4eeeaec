package deploy

import (
	"github.com/deskbell/deskbell/internal/program"
	"github.com/deskbell/deskbell/internal/session"
)

// closesInSession: signals go to whomever they may go.
const closesInSession = false

// isIn reports whether a program is one of a session's: of the person's, as what
// he starts may be outside of it.
func isIn(p program.Program, s session.Session) bool { return p.UID == s.UID }

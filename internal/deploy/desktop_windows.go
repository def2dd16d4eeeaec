package deploy

import (
	"github.com/deskbell/deskbell/internal/program"
	"github.com/deskbell/deskbell/internal/session"
)

// closesInSession: a window takes messages from its own session alone.
const closesInSession = true

// isIn reports whether a program is one of a session's.
func isIn(p program.Program, s session.Session) bool { return p.Session == s.ID }

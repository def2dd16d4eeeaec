package mailbox

import "time"

// MostRecords is how much is looked at of what somebody else makes.
const MostRecords = mostRecords

// OpenStore returns the store that Open puts a mailbox on.
func OpenStore(p Place) (Store, error) {
	p, err := p.normal()
	if err != nil {
		return nil, err
	}
	return openStore(p)
}

// OpenLater returns the mailbox of a scope on a store, with a clock that is
// ahead.
func OpenLater(s Store, scope Scope, ahead time.Duration) (*Mailbox, error) {
	return Place{Scope: scope}.on(s, Options{Now: func() time.Time { return time.Now().Add(ahead) }})
}

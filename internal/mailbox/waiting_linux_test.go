package mailbox

// OpenWaiting is Open as it is for a user who makes nothing: administrators do.
func OpenWaiting(p Place) (*Mailbox, error) {
	p, err := p.normal()
	if err != nil {
		return nil, err
	}
	s, err := stateSpool(p)
	if err != nil {
		return nil, err
	}
	s.makes = false
	return p.on(s, Options{})
}

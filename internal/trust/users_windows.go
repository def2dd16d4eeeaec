package trust

// usersExecute asks about the file alone: everybody may pass through folders
// (SeChangeNotifyPrivilege).
func usersExecute(name string) error {
	c, err := inspect(name)
	if err != nil {
		return err
	}
	if c.link {
		return &Error{name, name, "is a link"}
	}
	d, err := parseDescriptor(c.descriptor)
	if err != nil {
		return &Error{name, name, "cannot be judged: " + err.Error()}
	}
	if fault := d.usersFault(); fault != "" {
		return &Error{name, name, fault}
	}
	return nil
}

package mailbox

// Full reports whether an error of a mailbox says that there was no room for
// what was to be written: on the disk, in a quota, or in the registry.
func Full(err error) bool { return full(err) }

// ReadOnly reports whether it says that nothing can be written there by anybody.
func ReadOnly(err error) bool { return readOnly(err) }

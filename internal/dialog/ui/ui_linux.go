package ui

// available lists what shows questions on Linux.
func available(Options) system { return system{} }

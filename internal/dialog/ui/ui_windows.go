package ui

// available lists what shows questions on Windows.
func available(Options) system { return system{} }

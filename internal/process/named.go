package process

// Instance is a running process of a program.
type Instance struct {
	ID      ID
	UID     string // whose it is, decimal uid; "" on Windows, where the session says it
	Session string // the session's number on Windows; "" on Linux
}

// Named returns the processes of the program of that name, without its
// directory: as its file is called, on Windows in any case and with or without
// .exe. Of a program of somebody else's whose file may not be seen, the name
// that the kernel keeps counts, which has 15 letters at most.
func Named(name string) ([]Instance, error) { return named(name) }

package process

// About is what the system, and not the process, says of one.
type About struct {
	UID   string   // the user it runs as: SID on Windows, decimal uid on Linux
	Image string   // path of the program's file
	Args  []string // the command line, the program's name first
	// Elevated: it has more rights than the user's other programs (a full token
	// where there is a limited one besides); on Linux never.
	Elevated bool
}

// End ends the process by force, if it is that very one and check finds nothing
// against it. The process is opened first and looked at then, so that its pid
// cannot become another's in between. It returns nil too when the process is
// gone, else check's error, or why it could not be looked at or ended; then it
// still runs. It does not wait for the end.
func (id ID) End(check func(About) error) error { return id.end(check) }

// About is what the system says of the process. It is fs.ErrNotExist where it has
// ended.
func (id ID) About() (About, error) { return id.about() }

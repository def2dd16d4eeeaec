package session

import "os/exec"

// Unelevate has a command that was not started yet run with no more rights than
// the programs of the person whose session this is, where the caller has an
// administrator's: a window on the desktop is no place for those. It has to be
// called after SysProcAttr is set. done is to be called when the command was
// started. On Linux there is nothing to take away.
func Unelevate(command *exec.Cmd) (done func(), err error) { return unelevate(command) }

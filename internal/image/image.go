// Package image knows the copy of this program that users may run and that
// administrators alone can change, which is what is started in their sessions.
package image

import (
	"fmt"
	"os"
)

// Ready returns the path of this program as users may run it: the running
// executable (on Windows its twin without a console, where that lies beside it)
// if administrators alone can write its whole path and users can execute it;
// else a copy of it in a folder of which that is true, which is made first. The
// base name stays, and so does the queue. Making a copy takes an
// administrator: the error wraps fs.ErrPermission for others. It blocks for the
// disk.
func Ready() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find this program: %w", err)
	}
	return Of(self)
}

// Of is Ready for another deskbell than the running program: that at an
// absolute path.
func Of(program string) (string, error) {
	s, err := system()
	if err != nil {
		return "", err
	}
	return s.ready(program)
}

// Sweep removes copies that are not this program, that no process runs and that
// Ready has not returned for a day.
func Sweep() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	s, err := system()
	if err != nil {
		return err
	}
	return s.sweep(self)
}

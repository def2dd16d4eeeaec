package process

import (
	"errors"
	"fmt"
	"os"
)

// Kill ends that very process at once; no error where it has ended already. It
// is opened first and looked at then, so that its pid cannot become another's
// in between.
func (id ID) Kill() error {
	p, err := os.FindProcess(id.Pid)
	if err != nil {
		if !id.Running() {
			return nil
		}
		return fmt.Errorf("kill process %d: %w", id.Pid, err)
	}
	defer p.Release()
	if !id.Running() {
		return nil
	}
	if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill process %d: %w", id.Pid, err)
	}
	return nil
}

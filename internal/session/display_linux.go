package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// displayLook is how often a display is tried that does not answer yet: nothing
// tells when it will.
const displayLook = 100 * time.Millisecond

// AwaitDisplay blocks until the display that the environment names answers, as
// at log-on a session is there before its display is; at once where none is
// named. The error says which does not, when ctx is done.
func AwaitDisplay(ctx context.Context) error {
	for {
		display := reachDisplay()
		if display == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the display: %w", display)
		case <-time.After(displayLook):
		}
	}
}

// reachDisplay connects to the display, as a window would, and leaves it again.
func reachDisplay() error {
	x, wayland := os.Getenv("DISPLAY"), os.Getenv("WAYLAND_DISPLAY")
	var problems []error
	if wayland != "" {
		display, err := dialWayland(wayland)
		if err == nil {
			return display.Close()
		}
		problems = append(problems, fmt.Errorf("%s does not answer: %w", wayland, err))
	}
	if x != "" {
		display, err := dialX()
		if err == nil {
			display.Close()
			return nil
		}
		problems = append(problems, fmt.Errorf("%s does not answer: %w", x, err))
	}
	return errors.Join(problems...)
}

func dialWayland(name string) (net.Conn, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), name)
	}
	return net.Dial("unix", name)
}

package host

import (
	"fmt"

	"github.com/deskbell/deskbell/internal/dialog"
)

// Find reports that no host comes with Deskbell for Windows, which has windows
// of its own. The error wraps dialog.ErrUnavailable.
func Find() (string, error) {
	return "", fmt.Errorf("find a dialog host: %w", dialog.ErrUnavailable)
}

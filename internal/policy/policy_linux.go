package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/deskbell/deskbell/internal/trust"
)

// maxFile is how large the file may be.
const maxFile = 64 << 10

// Place is where the policy is.
func Place() string { return "/etc/deskbell/policy.json" }

func read() (map[string]any, error) { return readFile(Place(), trust.AdminsOnly) }

// readFile reads a policy that administrators alone can change, nil where there
// is none.
func readFile(path string, trusted func(string) error) (settings map[string]any, err error) {
	if err := trusted(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	// Who could exchange it now is trusted.
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("it is larger than %d KiB", maxFile>>10)
	}
	if err := json.Unmarshal(data, &settings); err != nil {
		return nil, err
	}
	return settings, nil
}

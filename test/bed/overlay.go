//go:build linux

package bed

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// WriteOverlay writes a file for `go test -overlay`, and one more beside it.
// With it, os.RemoveAll works in Wine 8, which lacks the call that Go uses
// first: the library's own fallback for old Windows is taken at once.
func WriteOverlay(file string) error {
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env GOROOT: %w", err)
	}
	source := filepath.Join(strings.TrimSpace(string(goroot)), "src/internal/syscall/windows/at_windows.go")
	code, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	const switched = "if TestDeleteatFallback {"
	if strings.Count(string(code), switched) != 1 {
		return fmt.Errorf("overlay: %s is not as expected: no %q", source, switched)
	}
	changed := file + ".at_windows.txt"
	forced := strings.Replace(string(code), switched, "if true || TestDeleteatFallback {", 1)
	if err := os.WriteFile(changed, []byte(forced), 0o644); err != nil {
		return err
	}
	text, err := json.Marshal(map[string]map[string]string{"Replace": {source: changed}})
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}

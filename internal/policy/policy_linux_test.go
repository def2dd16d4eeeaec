package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/deskbell/deskbell/internal/trust"
)

func trusting(string) error { return nil }

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.json")
	if settings, err := readFile(path, trust.AdminsOnly); settings != nil || err != nil && !isTrust(err) {
		t.Errorf("no policy: %v, %v", settings, err)
	}
	for text, want := range map[string]map[string]any{
		`{"trustedSendersOnly": true}`: {"trustedSendersOnly": true},
		`{`:                            nil,
		`[]`:                           nil,
		``:                             nil,
		`{"a":"` + strings.Repeat("x", maxFile) + `"}`: nil,
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		settings, err := readFile(path, trusting)
		if !cmp.Equal(settings, want) || (err != nil) != (want == nil) {
			t.Errorf("%.40s: %v, %v", text, settings, err)
		}
	}
	// In a folder in which everybody may make files it is nobody's word.
	if _, err := readFile(path, trust.AdminsOnly); !isTrust(err) {
		t.Errorf("who can change it: %v", err)
	}
}

func isTrust(err error) bool {
	var fault *trust.Error
	return errors.As(err, &fault)
}

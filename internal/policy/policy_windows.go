package policy

import (
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
)

const key = `SOFTWARE\Policies\Deskbell`

// maxValues is how many values are looked at.
const maxValues = 64

// Place is where the policy is.
func Place() string { return `HKLM\` + key }

func read() (map[string]any, error) { return readKey(registry.LOCAL_MACHINE, key, trust.KeyFault) }

// readKey reads a policy that administrators alone can change, nil where there
// is none. What is below Policies is the same for programs of 32 bits.
func readKey(root registry.Key, path string, fault func(windows.Handle) (string, error)) (map[string]any, error) {
	k, err := registry.OpenKey(root, path, registry.QUERY_VALUE|windows.READ_CONTROL|registry.WOW64_64KEY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer k.Close()
	switch why, err := fault(windows.Handle(k)); {
	case err != nil:
		return nil, err
	case why != "":
		return nil, &trust.Error{Path: path, Component: path, Reason: why}
	}
	names, err := k.ReadValueNames(-1)
	if err != nil {
		return nil, err
	}
	if len(names) > maxValues {
		return nil, fmt.Errorf("it has more than %d values", maxValues)
	}
	settings := map[string]any{}
	for _, name := range names {
		if name == "" {
			continue // the key's own value, which tools make
		}
		if settings[name], err = valueOf(k, name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return settings, nil
}

func valueOf(k registry.Key, name string) (any, error) {
	if number, _, err := k.GetIntegerValue(name); err == nil {
		return float64(number), nil
	}
	if list, _, err := k.GetStringsValue(name); err == nil {
		return list, nil
	}
	s, _, err := k.GetStringValue(name)
	return s, err
}

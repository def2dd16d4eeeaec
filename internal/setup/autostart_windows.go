package setup

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows/registry"
)

const (
	// runKey holds what is started at log-on, below HKLM and HKCU ("Run and
	// RunOnce Registry Keys").
	runKey = `Software\Microsoft\Windows\CurrentVersion\Run`
	// maxCommand is how long a command there may be, in UTF-16 units.
	maxCommand = 260
)

func (a Autostart) root() (registry.Key, string) {
	if a.Machine {
		return registry.LOCAL_MACHINE, "HKLM"
	}
	return registry.CURRENT_USER, "HKCU"
}

// name is the value of the entry.
func (a Autostart) name() string { return "Deskbell " + a.Queue }

// Place is the path of the value.
func (a Autostart) Place() string {
	_, root := a.root()
	return root + `\` + runKey + `\` + a.name()
}

// text is a command line.
func (a Autostart) text() (string, error) {
	if !filepath.IsAbs(a.Program) || strings.ContainsAny(a.Program, "\"\x00") {
		return "", fmt.Errorf("%q cannot be the program of a command line", a.Program)
	}
	command := `"` + a.Program + `" ` + strings.Join(a.args(), " ")
	if n := len(utf16.Encode([]rune(command))); n > maxCommand {
		return "", fmt.Errorf("the command has %d characters, more than the %d that Windows runs at log-on: %s", n, maxCommand, command)
	}
	return command, nil
}

func (a Autostart) open(access uint32) (registry.Key, error) {
	root, _ := a.root()
	key, err := registry.OpenKey(root, runKey, access|registry.WOW64_64KEY)
	if errors.Is(err, registry.ErrNotExist) && access&registry.SET_VALUE != 0 {
		key, _, err = registry.CreateKey(root, runKey, access|registry.WOW64_64KEY)
	}
	return key, err
}

// permitted reports whether values of the key may be written. The key itself
// is part of Windows; where it was removed it is made again.
func (a Autostart) permitted() error {
	key, err := a.open(registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("open %s: %w", a.Place(), err)
	}
	return key.Close()
}

func (a Autostart) read() (string, error) {
	key, err := a.open(registry.QUERY_VALUE)
	if err != nil {
		return "", err
	}
	text, kind, err := key.GetStringValue(a.name())
	if errors.Is(err, registry.ErrUnexpectedType) || err == nil && kind != registry.SZ {
		text, err = fmt.Sprintf("(a value of type %d) %s", kind, text), nil
	}
	return text, errors.Join(err, key.Close())
}

func (a Autostart) write(text string) error {
	key, err := a.open(registry.SET_VALUE)
	if err != nil {
		return err
	}
	return errors.Join(key.SetStringValue(a.name(), text), key.Close())
}

func (a Autostart) remove() error {
	key, err := a.open(registry.SET_VALUE)
	if err != nil {
		return err
	}
	return errors.Join(key.DeleteValue(a.name()), key.Close())
}

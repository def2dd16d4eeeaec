package mailbox

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode/utf16"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"

	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// On 64-bit Windows a 32-bit program that opens SOFTWARE\Deskbell gets
// SOFTWARE\WOW6432Node\Deskbell. So that it reaches the same mailboxes as all
// others, that key is a registry link to the 64-bit one.
const (
	wow64Key = "WOW6432Node"
	ourKey   = "Deskbell"
)

// LeftOverError tells that there is no link but a key, in which 32-bit programs
// have left what nobody attends.
type LeftOverError struct {
	Keys []string // the messages, else the keys that have nothing in them
}

func (e *LeftOverError) Error() string {
	return fmt.Sprintf("32-bit programs have written where nobody looks: %s", strings.Join(e.Keys, ", "))
}

// LinkWOW64 makes the link. No error where it is there, or where Windows has no
// 32-bit side. A key in its place is removed if nothing is in it; else the error
// is a *LeftOverError.
func LinkWOW64() error { return wow64(ourKey).link() }

// CheckWOW64 returns nil where the link is as it should be, or Windows has no
// 32-bit side; an error that wraps fs.ErrNotExist where it is missing; a
// *LeftOverError where there is a key with something in it.
func CheckWOW64() error { return wow64(ourKey).check() }

// UnlinkWOW64 removes the link, never what it leads to; no error where there is
// none. A key in its place stays.
func UnlinkWOW64() error { return wow64(ourKey).unlink() }

// DiscardWOW64 removes a key in the place of the link with all that 32-bit
// programs have left in it; no error where there is none. A link stays.
func DiscardWOW64() error { return wow64(ourKey).discard() }

// wow64 is a key below SOFTWARE, and its 32-bit side.
type wow64 string

func (w wow64) name() string { return `HKLM\` + softwareKey + `\` + wow64Key + `\` + string(w) }

// with opens the 32-bit side of SOFTWARE; where there is none nothing is done.
func (w wow64) with(access uint32, do func(side windows.Handle) error) error {
	s := NewRegistry(registry.LOCAL_MACHINE, softwareKey)
	side, err := s.walkFor([]string{softwareKey, wow64Key}, access)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(side)
	return do(side)
}

// target is where the link has to lead, as the kernel spells it.
func (w wow64) target() (string, error) {
	s := NewRegistry(registry.LOCAL_MACHINE, softwareKey)
	key, err := s.walkFor([]string{softwareKey}, 0)
	if err != nil {
		return "", err
	}
	defer windows.RegCloseKey(key)
	name, err := win.KeyName(key)
	return name + `\` + string(w), err
}

func (w wow64) link() error {
	err := w.check()
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	target, err := w.target()
	if err != nil {
		return fmt.Errorf("link %s: %w", w.name(), err)
	}
	err = w.with(windows.KEY_CREATE_SUB_KEY|windows.KEY_CREATE_LINK, func(side windows.Handle) error {
		if err := w.removeEmpty(side); err != nil {
			return err
		}
		sd, err := windows.SecurityDescriptorFromString(trust.Way.KeySDDL(""))
		if err != nil {
			return err
		}
		key, created, err := win.CreateKey(side, string(w), win.RegOptionCreateLink,
			windows.KEY_READ|windows.KEY_SET_VALUE|windows.KEY_CREATE_LINK|windows.DELETE|windows.KEY_WOW64_64KEY, sd)
		if err != nil {
			return err
		}
		defer windows.RegCloseKey(key)
		if !created {
			return fs.ErrExist
		}
		var data []byte // without a NUL at its end
		for _, unit := range utf16.Encode([]rune(target)) {
			data = append(data, byte(unit), byte(unit>>8))
		}
		if err := win.SetValue(key, linkValue, win.RegLink, data); err != nil {
			return errors.Join(err, win.DeleteKey(key))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("link %s: %w", w.name(), err)
	}
	return w.check()
}

// removeEmpty removes a key in the place of the link that check has found empty.
func (w wow64) removeEmpty(side windows.Handle) error {
	key, err := win.OpenKey(side, string(w), windows.KEY_READ|windows.DELETE|windows.KEY_WOW64_64KEY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	if left, err := leftIn(key, w.name(), 0); err != nil || len(left) > 0 {
		return errors.Join(err, fs.ErrExist)
	}
	return deleteKey(key, true)
}

func (w wow64) check() error {
	err := w.with(0, func(side windows.Handle) error {
		key, err := win.OpenKey(side, string(w), windows.KEY_READ|windows.KEY_WOW64_64KEY)
		if err != nil {
			return err
		}
		defer windows.RegCloseKey(key)
		if !isLink(key) {
			left, err := leftIn(key, w.name(), 0)
			switch {
			case err != nil:
				return err
			case len(left) > 0:
				return &LeftOverError{left}
			}
			return fmt.Errorf("a key with nothing in it, and no link: %w", fs.ErrNotExist)
		}
		want, err := w.target()
		if err != nil {
			return err
		}
		if got := linkTarget(key); !strings.EqualFold(got, want) {
			return fmt.Errorf("the link leads to %q, not to %q", got, want)
		}
		return nil
	})
	var left *LeftOverError
	if err != nil && !errors.As(err, &left) {
		return fmt.Errorf("check %s: %w", w.name(), err)
	}
	return err
}

func (w wow64) unlink() error { return w.remove(true) }

func (w wow64) discard() error { return w.remove(false) }

// remove removes what is in the place of the link, if it is one or if it is
// none.
func (w wow64) remove(link bool) error {
	err := w.with(0, func(side windows.Handle) error {
		key, err := win.OpenKey(side, string(w), windows.KEY_READ|windows.DELETE|windows.KEY_WOW64_64KEY)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer windows.RegCloseKey(key)
		switch is := isLink(key); {
		case is != link:
			return nil
		case link:
			return win.DeleteKey(key)
		}
		return deleteKey(key, true)
	})
	if err != nil {
		return fmt.Errorf("remove %s: %w", w.name(), err)
	}
	return nil
}

// linkTarget is where a registry link leads, "" where it cannot be read.
func linkTarget(key windows.Handle) string {
	name, err := windows.UTF16PtrFromString(linkValue)
	if err != nil {
		return ""
	}
	data := make([]byte, 2048)
	size := uint32(len(data))
	var kind uint32
	if err := windows.RegQueryValueEx(key, name, nil, &kind, &data[0], &size); err != nil || kind != win.RegLink {
		return ""
	}
	units := make([]uint16, size/2)
	for i := range units {
		units[i] = uint16(data[2*i]) | uint16(data[2*i+1])<<8
	}
	return windows.UTF16ToString(units)
}

// mostDeep is how far below a key leftIn looks: to the messages, and no
// further.
const mostDeep = 6

// leftIn lists the keys that have values in them, which messages and replies
// are; keys that only lead to others are nothing.
func leftIn(key windows.Handle, path string, depth int) (left []string, err error) {
	var values uint32
	if err := windows.RegQueryInfoKey(key, nil, nil, nil, nil, nil, nil, &values, nil, nil, nil, nil); err != nil {
		return nil, err
	}
	if values > 0 || depth > mostDeep {
		left = append(left, path)
	}
	if depth > mostDeep {
		return left, nil
	}
	names, err := subkeys(key)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		child, err := win.OpenKey(key, name, windows.KEY_READ|windows.KEY_WOW64_64KEY)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		below, err := leftIn(child, path+`\`+name, depth+1)
		_ = windows.RegCloseKey(child)
		if err != nil {
			return nil, err
		}
		left = append(left, below...)
	}
	return left, nil
}

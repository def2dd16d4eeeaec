package deploy

import (
	"errors"

	"golang.org/x/sys/windows"
)

// mayLink: who makes a link needs a right to it.
func mayLink(err error) error {
	if errors.Is(err, windows.ERROR_PRIVILEGE_NOT_HELD) {
		return errNoLinks
	}
	return err
}

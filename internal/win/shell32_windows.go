package win

import (
	"errors"
	"fmt"
	"net/url"
	"runtime"

	"golang.org/x/sys/windows"
)

// OpenURL opens an https: URL in the person's browser (ShellExecute). It
// blocks until the browser has been told.
func OpenURL(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" {
		return errors.New("open a link: it is not an https: URL")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Some browsers are started by COM. That it was initialised before is fine.
	if err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED|windows.COINIT_DISABLE_OLE1DDE); err == nil {
		defer windows.CoUninitialize()
	}
	verb, file := UTF16("open"), UTF16(parsed.String())
	if err := windows.ShellExecute(0, &verb[0], &file[0], nil, nil, windows.SW_SHOWNORMAL); err != nil {
		return fmt.Errorf("open a link: %w", err)
	}
	return nil
}

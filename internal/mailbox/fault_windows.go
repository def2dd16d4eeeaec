package mailbox

import (
	"errors"

	"golang.org/x/sys/windows"
)

func full(err error) bool {
	for _, code := range []error{
		windows.ERROR_DISK_FULL, windows.ERROR_HANDLE_DISK_FULL,
		windows.ERROR_NO_SYSTEM_RESOURCES, windows.ERROR_NOT_ENOUGH_QUOTA, windows.ERROR_REGISTRY_QUOTA_LIMIT,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

func readOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }

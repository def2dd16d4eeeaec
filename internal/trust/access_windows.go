package trust

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// KeyFault says why others than administrators can change the key that is open
// with READ_CONTROL, "" if they cannot.
func KeyFault(key windows.Handle) (string, error) {
	data, err := keyDescriptor(key)
	if err != nil {
		return "", err
	}
	d, err := parseDescriptor(data)
	if err != nil {
		return "", err
	}
	return d.keyFault(), nil
}

// KeyDiffers says how the access list of the key that is open with READ_CONTROL
// differs from what it should be, "" if it does not.
func KeyDiffers(key windows.Handle, want *windows.SECURITY_DESCRIPTOR) (string, error) {
	data, err := keyDescriptor(key)
	if err != nil {
		return "", err
	}
	return keyDiffers(data, bytesOf(want))
}

func keyDescriptor(key windows.Handle) ([]byte, error) {
	sd, err := windows.GetSecurityInfo(key, windows.SE_REGISTRY_KEY, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, fmt.Errorf("read the access list of a key: %w", err)
	}
	return bytesOf(sd), nil
}

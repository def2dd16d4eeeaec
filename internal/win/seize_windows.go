package win

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// adminsKey is a list by which Administrators and SYSTEM alone may use a key.
const adminsKey = "O:BAG:BAD:P(A;;KA;;;SY)(A;;KA;;;BA)"

// SeizeKey gives the key name directly below parent to Administrators, whatever
// its access list says, by the privilege to take ownership, which the calling
// thread has only meanwhile. Of a link it is the link itself.
func SeizeKey(parent windows.Handle, name string) error {
	sd, err := windows.SecurityDescriptorFromString(adminsKey)
	if err != nil {
		return err
	}
	err = WithPrivilege("SeTakeOwnershipPrivilege", func() error {
		return setKeySecurity(parent, name, windows.WRITE_OWNER, windows.OWNER_SECURITY_INFORMATION, sd)
	})
	if err == nil {
		err = setKeySecurity(parent, name, windows.WRITE_DAC, windows.DACL_SECURITY_INFORMATION, sd)
	}
	if err != nil {
		return fmt.Errorf("take the key %s over: %w", name, err)
	}
	return nil
}

func setKeySecurity(parent windows.Handle, name string, access, what uint32, sd *windows.SECURITY_DESCRIPTOR) error {
	key, err := OpenKey(parent, name, access|windows.KEY_WOW64_64KEY)
	if err != nil {
		return err
	}
	defer windows.RegCloseKey(key)
	return setSecurity(key, what, sd)
}

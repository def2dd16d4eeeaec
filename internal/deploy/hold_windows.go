package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"unsafe"

	"golang.org/x/sys/windows"
)

// holdAccess lets administrators and the system have the mutex, whose owner they are.
const holdAccess = "O:BAD:P(A;;GA;;;SY)(A;;GA;;;BA)"

// Hold implements Record, by a mutex that is there as long as somebody has it open.
// What others than administrators have made by that name is nobody's: everybody can
// make such things.
func (r record) Hold() (release func() error, err error) {
	name, err := windows.UTF16PtrFromString(`Global\deskbell-deploy-` + r.queue + "-" + r.name)
	if err != nil {
		return nil, err
	}
	access, err := windows.SecurityDescriptorFromString(holdAccess)
	if err != nil {
		return nil, err
	}
	attributes := windows.SecurityAttributes{SecurityDescriptor: access}
	attributes.Length = uint32(unsafe.Sizeof(attributes))
	mutex, err := windows.CreateMutex(&attributes, false, name)
	switch {
	case errors.Is(err, windows.ERROR_ALREADY_EXISTS):
		ours, ownerErr := ownedByAdministrators(mutex)
		err := errors.Join(ownerErr, windows.CloseHandle(mutex))
		if err == nil && ours {
			err = ErrHeld
		}
		return func() error { return nil }, err
	case errors.Is(err, windows.ERROR_INVALID_OWNER):
		return nil, fmt.Errorf("hold the job %s: %w: %w", r.name, fs.ErrPermission, err)
	case errors.Is(err, windows.ERROR_ACCESS_DENIED), errors.Is(err, windows.ERROR_INVALID_HANDLE): // another's, or no mutex
		return func() error { return nil }, nil
	case err != nil:
		return nil, fmt.Errorf("hold the job %s: %w", r.name, err)
	}
	return func() error { return windows.CloseHandle(mutex) }, nil
}

// ownedByAdministrators reports whether an object is administrators' or the system's.
func ownedByAdministrators(object windows.Handle) (bool, error) {
	about, err := windows.GetSecurityInfo(object, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false, fmt.Errorf("find whose lock it is: %w", err)
	}
	owner, _, err := about.Owner()
	if err != nil || owner == nil {
		return false, err
	}
	return owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.IsWellKnown(windows.WinLocalSystemSid), nil
}

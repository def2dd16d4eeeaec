package ledger

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/deskbell/deskbell/internal/logging"
	"github.com/deskbell/deskbell/internal/trust"
	"github.com/deskbell/deskbell/internal/win"
)

// Access lists of what is made for the administrator: nobody else may do
// anything, and nothing is inherited from above.
const (
	folderList = "O:BAG:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
	fileList   = "O:BAG:BAD:P(A;;FA;;;SY)(A;;FA;;;BA)"
)

// sharedBase: what the administrator's ledger is in is everybody's.
const sharedBase = false

// sharedFolder is in the folder for the data of programs, in which everybody
// may make something.
func sharedFolder() (base string, below []string, err error) {
	base, err = win.ProgramData()
	return base, []string{"Deskbell", "ledger"}, err
}

// ownFolder is where his log is.
func ownFolder(queue string) (base string, below []string, err error) {
	log, err := logging.UserFile(queue)
	if err != nil {
		return "", nil, err
	}
	folder := filepath.Dir(log.Path)
	return filepath.Dir(folder), []string{filepath.Base(folder)}, nil
}

// check looks whether others could change what leads to the ledger. Wine has
// one person, who is the administrator, and whose all files are.
func (p Place) check() error {
	if !p.shared || win.Wine() {
		return nil
	}
	return trust.AdminsOnlyBelow(p.base, p.folder())
}

// open opens the file of the ledger. It is no link, nor is a folder on the way
// below base to the administrator's, and he alone may do anything there. With
// os.O_CREATE what is missing is made.
func (p Place) open(flag int) (*os.File, error) {
	create := flag&os.O_CREATE != 0
	if create {
		if err := p.makeFolders(); err != nil {
			return nil, err
		}
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	path := p.Path()
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	access, how := uint32(windows.GENERIC_READ), uint32(windows.OPEN_EXISTING)
	if create {
		access, how = windows.GENERIC_READ|windows.GENERIC_WRITE, windows.OPEN_ALWAYS
	}
	list, err := p.attributes(fileList)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(name, access,
		windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE|windows.FILE_SHARE_DELETE, list,
		how, windows.FILE_ATTRIBUTE_NORMAL|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	file := os.NewFile(uintptr(handle), path)
	var info windows.ByHandleFileInformation
	err = windows.GetFileInformationByHandle(handle, &info)
	if err == nil && (info.FileAttributes&windows.FILE_ATTRIBUTE_REPARSE_POINT != 0 || info.NumberOfLinks > 1) {
		err = errors.New("it is a link")
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "open", Path: path, Err: err}, file.Close())
	}
	return file, nil
}

func (p Place) makeFolders() error {
	if err := os.MkdirAll(p.base, 0o700); err != nil {
		return err
	}
	list, err := p.attributes(folderList)
	if err != nil {
		return err
	}
	at := p.base
	for _, name := range p.below {
		at = filepath.Join(at, name)
		path, err := windows.UTF16PtrFromString(at)
		if err == nil {
			err = windows.CreateDirectory(path, list)
		}
		if err != nil && !errors.Is(err, windows.ERROR_ALREADY_EXISTS) {
			return &fs.PathError{Op: "mkdir", Path: at, Err: err}
		}
	}
	return nil
}

// attributes are those of something that is made; a user's own inherits.
func (p Place) attributes(list string) (*windows.SecurityAttributes, error) {
	if !p.shared {
		return nil, nil
	}
	sd, err := windows.SecurityDescriptorFromString(list)
	if err != nil {
		return nil, err
	}
	a := &windows.SecurityAttributes{SecurityDescriptor: sd}
	a.Length = uint32(unsafe.Sizeof(*a))
	return a, nil
}

// unlock has nothing to do: a lock ends with the handle.
func unlock(*os.File) {}

// Package trust knows who may write what. It has the table of who may do what
// with each part of each mailbox, and tells whether a file can be started by a
// program that has more rights than the people around it: whether
// administrators alone can change it or put another in its place.
package trust

import (
	"errors"
	"fmt"
)

// Error says which component of a path others than administrators could
// change, or that it is none that can be judged, and why.
type Error struct {
	Path      string // as it was asked about
	Component string // the file or folder from the root to it that is at fault
	Reason    string
}

func (e *Error) Error() string {
	if e.Component == e.Path {
		return fmt.Sprintf("%s cannot be trusted: it %s", e.Path, e.Reason)
	}
	return fmt.Sprintf("%s cannot be trusted: %s %s", e.Path, e.Component, e.Reason)
}

// AdminsOnly returns nil if nobody but administrators (root; the members of
// Administrators, SYSTEM and the installer of Windows) can write the file or
// folder at path, or any folder on the way to it from the root of the file
// system, and none of these is a link. What the path means can then be changed
// by them alone, so it may be opened or started by its name afterwards: who
// could exchange it between the look and the start is trusted anyway.
//
// Every component is opened without following it and what was opened is
// judged. path must be absolute and without "..", and on Windows on a local
// disk. The error is an *Error; or wraps fs.ErrNotExist where there is no such
// file; or says that it could not be looked at, which is no trust either. It
// does not say whether the file can be executed. It does not block, but for
// the disk.
//
// A file that somebody had open for writing before it became an
// administrator's can be changed through that handle: files are to be copied
// into place, not given away.
func AdminsOnly(path string) error { return adminsOnly(path) }

// errMalformed means that an access list is not what the system documents.
var errMalformed = errors.New("its access list is malformed")

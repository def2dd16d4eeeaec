package deploy

import (
	"errors"
	"fmt"
	"os"
)

// OpenOutput opens the file to which what an installer prints is appended, and
// makes it where it is not there, for administrators alone. Whoever runs an
// installer has all rights, and the folder may be one where others have some:
// no link is followed on the way (on Windows the path has to be the one that it
// is in truth), and what is there has to be a file of one name. While it is
// open, nobody can put another in its place on Windows. It does not block on
// who reads from a pipe: that is refused.
func OpenOutput(path string) (*os.File, error) {
	file, err := openOutput(path)
	if err != nil {
		return nil, fmt.Errorf("open the log of the installer: %w", err)
	}
	info, err := file.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("it is no file")
	default:
		var names uint32
		if names, err = namesOf(file, info); err == nil && names > 1 {
			err = errors.New("it has another name besides (a hard link)")
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the log of the installer %s: %w", path, err), file.Close())
	}
	return file, nil
}

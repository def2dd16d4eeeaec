package deploy

import (
	"errors"
	"fmt"
	"regexp"
)

// maxDeferrals is how many deferrals are kept: of a job that can be put off
// without end the first ones say nothing any more.
const maxDeferrals = 500

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// CheckName says why a name is none for a job.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%q is no name for a job: small letters, digits, dots and hyphens, 64 at most", name)
	}
	return nil
}

// errForeign is about what others may have written.
var errForeign = errors.New("others than administrators can change it")

func bounded(f Facts) Facts {
	if n := len(f.Deferrals); n > maxDeferrals {
		f.Deferrals = f.Deferrals[n-maxDeferrals:]
	}
	return f
}

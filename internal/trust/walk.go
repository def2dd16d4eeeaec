package trust

import "strings"

// component is one step of a path of Windows, as it was opened.
type component struct {
	link       bool   // a junction, symbolic link or other reparse point
	descriptor []byte // self-relative, with owner and access list
}

// walk judges the components of a path of Windows from the root of its disk.
// inspect opens one without following it.
func walk(name string, inspect func(string) (component, error)) error {
	return walkBelow("", name, inspect)
}

// walkBelow is walk where the components up to base, which name is below, may
// be anybody's.
func walkBelow(base, name string, inspect func(string) (component, error)) error {
	steps, ok := split(name)
	if !ok {
		return &Error{name, name, "is not a plain absolute path on a disk"}
	}
	if base != "" && (len(name) <= len(base) || !strings.EqualFold(name[:len(base)+1], base+`\`)) {
		return &Error{name, name, "is not below " + base}
	}
	for i, step := range steps {
		c, err := inspect(step)
		if err != nil {
			return err
		}
		if c.link {
			return &Error{name, step, "is a link"}
		}
		if len(step) <= len(base) {
			continue
		}
		d, err := parseDescriptor(c.descriptor)
		if err != nil {
			return &Error{name, step, "cannot be judged: " + err.Error()}
		}
		tolerated := uint32(tolerateNothing)
		if i == 0 && len(steps) > 1 {
			tolerated = tolerateFolders
		}
		if fault := d.fault(tolerated); fault != "" {
			return &Error{name, step, fault}
		}
	}
	return nil
}

// split returns C:\, C:\a and C:\a\b for C:\a\b; false for a path that is not
// of this form, or that Windows takes for another (a dot or space at the end
// of a name, a stream).
func split(name string) ([]string, bool) {
	if len(name) < 3 || name[1:3] != `:\` || !isLetter(name[0]) {
		return nil, false
	}
	steps := []string{name[:3]}
	if len(name) == 3 {
		return steps, true
	}
	at := name[:2]
	for step := range strings.SplitSeq(name[3:], `\`) {
		if step == "" || strings.ContainsAny(step, "/:*?\"<>|\x00") || strings.HasSuffix(step, ".") || strings.HasSuffix(step, " ") {
			return nil, false
		}
		at += `\` + step
		steps = append(steps, at)
	}
	return steps, true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

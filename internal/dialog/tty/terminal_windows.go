package tty

import "errors"

// open says that there is no terminal to ask at: Windows has windows of its
// own wherever it has a console.
func open(string) (terminal, error) {
	return nil, errors.New("questions at the console are not supported on Windows")
}

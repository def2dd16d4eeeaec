package msi

import "errors"

func install(Package, func(Kind, string)) (int, error) {
	return 0, errors.ErrUnsupported
}

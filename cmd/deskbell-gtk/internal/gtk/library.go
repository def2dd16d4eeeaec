//go:build linux

// Package gtk binds by hand the few functions of GTK that a dialog needs,
// loaded when they are wanted and without cgo. GTK 3 is taken first, as it is
// on screen sooner and lets a window ask for its place; GTK 4 where there is
// no other. All calls but Idle must come from the thread that called Open.
package gtk

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/ebitengine/purego"
)

// ErrMissing is returned by Open, wrapped, when the libraries, or functions in
// them, are not there.
var ErrMissing = errors.New("GTK is missing")

// generation is the set of shared objects of one major version.
type generation struct {
	version int
	objects []string
}

var generations = []generation{
	{3, []string{"libgtk-3.so.0", "libgdk-3.so.0", "libatk-1.0.so.0", "libgobject-2.0.so.0", "libglib-2.0.so.0"}},
	{4, []string{"libgtk-4.so.1", "libgobject-2.0.so.0", "libglib-2.0.so.0"}},
}

// Library is a loaded GTK.
type Library struct {
	Version int // 3 or 4

	functions
	signals *signals
}

// Open loads GTK of the first of the versions that is there; 0 stands for any.
func Open(version int) (*Library, error) {
	var failures []error
	for _, g := range generations {
		if version != 0 && version != g.version {
			continue
		}
		lib, err := g.load()
		if err == nil {
			return lib, nil
		}
		failures = append(failures, err)
	}
	return nil, fmt.Errorf("%w: %w", ErrMissing, errors.Join(failures...))
}

func (g generation) load() (*Library, error) {
	var handles []uintptr
	for _, object := range g.objects {
		handle, err := purego.Dlopen(object, purego.RTLD_NOW|purego.RTLD_GLOBAL)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", object, err)
		}
		handles = append(handles, handle)
	}
	lib := &Library{Version: g.version}
	if err := bind(&lib.functions, g.version, handles); err != nil {
		return nil, err
	}
	lib.signals = newSignals()
	return lib, nil
}

// bind fills the fields of to with the functions that their tags name: c in
// every version, c3 in GTK 3 only, c4 in GTK 4 only. A name with a question
// mark may be missing and leaves the field nil.
func bind(to *functions, version int, handles []uintptr) error {
	v := reflect.ValueOf(to).Elem()
	t := v.Type()
	own := fmt.Sprintf("c%d", version)
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, ok := tag.Lookup(own)
		if !ok {
			if name, ok = tag.Lookup("c"); !ok {
				continue
			}
		}
		optional := name[len(name)-1] == '?'
		if optional {
			name = name[:len(name)-1]
		}
		address, err := find(handles, name)
		if err != nil {
			if optional {
				continue
			}
			return err
		}
		// NewAt, because reflect gives no way to the field when it is unexported.
		purego.RegisterFunc(reflect.NewAt(t.Field(i).Type, v.Field(i).Addr().UnsafePointer()).Interface(), address)
	}
	return nil
}

func find(handles []uintptr, name string) (address uintptr, err error) {
	for _, handle := range handles {
		if address, err = purego.Dlsym(handle, name); err == nil {
			return address, nil
		}
	}
	return 0, fmt.Errorf("find %s: %w", name, err)
}

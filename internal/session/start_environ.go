package session

import "strings"

// A variable of an environment. Names compare as the system compares them.
type variable struct{ name, value string }

// split cuts NAME=value; Windows has names that begin with "=".
func splitVariable(text string) (v variable, ok bool) {
	if text == "" {
		return v, false
	}
	end := strings.IndexByte(text[1:], '=')
	if end < 0 {
		return v, false
	}
	return variable{text[:end+1], text[end+2:]}, true
}

// environ is an environment in which later variables replace earlier ones.
type environ struct {
	same  func(a, b string) bool
	order []variable
}

func newEnviron(same func(a, b string) bool, lists ...[]string) *environ {
	e := &environ{same: same}
	for _, list := range lists {
		e.add(list)
	}
	return e
}

func (e *environ) add(list []string) {
	for _, text := range list {
		if v, ok := splitVariable(text); ok {
			e.set(v.name, v.value)
		}
	}
}

func (e *environ) set(name, value string) {
	for i := range e.order {
		if e.same(e.order[i].name, name) {
			e.order[i].value = value
			return
		}
	}
	e.order = append(e.order, variable{name, value})
}

func (e *environ) get(name string) string {
	for _, v := range e.order {
		if e.same(v.name, name) {
			return v.value
		}
	}
	return ""
}

func (e *environ) list() []string {
	list := make([]string, len(e.order))
	for i, v := range e.order {
		list[i] = v.name + "=" + v.value
	}
	return list
}

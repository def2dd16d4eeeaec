package protocol

import (
	"fmt"
	"slices"
	"time"
)

// Fields is a record as a store keeps it: values by name, each a string, an
// int, a bool or a []string. What a foreign program wrote may have names in
// any case, numbers and flags as text, lists as lines of text, and, under
// names that nobody knows, anything that JSON can say.
type Fields map[string]any

// FieldError says what is wrong with a record that somebody else wrote, in
// words for the author of a script. Field is empty when it is about the whole.
type FieldError struct {
	Field   string
	Problem string
}

func (e *FieldError) Error() string {
	if e.Field == "" {
		return e.Problem
	}
	return "field " + e.Field + ": " + e.Problem
}

func problem(field, format string, args ...any) error {
	return &FieldError{field, fmt.Sprintf(format, args...)}
}

// column ties a field to its place in a T: *string, *Status, *int, *bool,
// *[]string, *time.Time, or *Reply for its two-formed Answer.
type column[T any] struct {
	Field
	at func(*T) any
}

type table[T any] struct {
	columns []column[T]
	byName  map[string]int // lower case
}

func newTable[T any](columns []column[T]) table[T] {
	t := table[T]{columns, make(map[string]int, len(columns))}
	for i, c := range columns {
		t.byName[Fold(c.Name)] = i
	}
	return t
}

func (t table[T]) fields() []Field {
	fields := make([]Field, len(t.columns))
	for i, c := range t.columns {
		fields[i] = c.Field
	}
	return fields
}

func (t table[T]) column(name string) (column[T], bool) {
	i, ok := t.byName[Fold(name)]
	if !ok {
		return column[T]{}, false
	}
	return t.columns[i], true
}

// decode fills v from fields. What the table does not know goes to unknown.
// It goes by sorted name, so that of several mistakes the same one is told.
func (t table[T]) decode(v *T, fields Fields, unknown func(name string, value any) error) error {
	if err := checkSize(fields); err != nil {
		return err
	}
	for _, name := range sortedNames(fields) {
		value := fields[name]
		if value == nil {
			continue
		}
		c, ok := t.column(name)
		if !ok {
			if err := unknown(name, value); err != nil {
				return err
			}
			continue
		}
		if err := c.set(c.at(v), value); err != nil {
			return err
		}
	}
	return nil
}

// encode is the inverse of decode; fields at their zero value are left out.
func (t table[T]) encode(v *T) Fields {
	fields := Fields{}
	for _, c := range t.columns {
		switch p := c.at(v).(type) {
		case *string:
			if *p != "" {
				fields[c.Name] = *p
			}
		case *Status:
			if *p != "" {
				fields[c.Name] = string(*p)
			}
		case *int:
			if *p != 0 {
				fields[c.Name] = *p
			}
		case *bool:
			if *p {
				fields[c.Name] = true
			}
		case *[]string:
			if len(*p) > 0 {
				fields[c.Name] = slices.Clone(*p)
			}
		case *time.Time:
			if !p.IsZero() {
				fields[c.Name] = FormatTime(*p)
			}
		case *Reply:
			if p.Items != nil {
				fields[c.Name] = append([]string{}, p.Items...)
			} else if p.Answer != "" {
				fields[c.Name] = p.Answer
			}
		}
	}
	return fields
}

func (f Field) set(to, value any) (err error) {
	switch p := to.(type) {
	case *string:
		*p, err = f.text(value)
	case *Status:
		var s string
		s, err = f.text(value)
		*p = Status(s)
	case *int:
		*p, err = f.number(value)
	case *bool:
		*p, err = f.flag(value)
	case *[]string:
		*p, err = f.list(value)
	case *time.Time:
		*p, err = f.time(value)
	case *Reply:
		switch value.(type) {
		case []string, []any:
			p.Items, err = f.list(value)
		default:
			p.Answer, err = f.text(value)
		}
	}
	return err
}

func sortedNames(fields Fields) []string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func jsonName(name string) string {
	if name == "" {
		return name
	}
	return Fold(name[:1]) + name[1:]
}

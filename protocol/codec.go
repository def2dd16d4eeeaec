package protocol

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
		t.byName[strings.ToLower(c.Name)] = i
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
	i, ok := t.byName[strings.ToLower(name)]
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
				fields[c.Name] = slices.Clone(p.Items)
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
		if _, isText := value.(string); isText {
			p.Answer, err = f.text(value)
		} else {
			p.Items, err = f.list(value)
		}
	}
	return err
}

func (f Field) text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case []string:
		return strings.Join(v, "\n"), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	}
	return "", problem(f.Name, "%s is not text", describe(value))
}

func (f Field) number(value any) (int, error) {
	var n int
	switch v := value.(type) {
	case int:
		n = v
	case bool:
		if v {
			n = 1
		}
	case float64:
		if v != math.Trunc(v) || math.Abs(v) > maxNumber {
			return 0, problem(f.Name, "%v is not a whole number", v)
		}
		n = int(v)
	case string:
		parsed, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			return 0, problem(f.Name, "%s is not a number", describe(value))
		}
		n = parsed
	default:
		return 0, problem(f.Name, "%s is not a number", describe(value))
	}
	// A REG_DWORD has no sign: −1 arrives as 0xFFFFFFFF.
	if n > math.MaxInt32 && n <= math.MaxUint32 {
		n = int(int32(uint32(n)))
	}
	return n, nil
}

func (f Field) flag(value any) (bool, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case int:
		return v != 0, nil
	case float64:
		return v != 0, nil
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "1", "true":
			return true, nil
		case "0", "false", "":
			return false, nil
		}
	}
	return false, problem(f.Name, "%s is neither 0 nor 1", describe(value))
}

func (f Field) list(value any) ([]string, error) {
	switch v := value.(type) {
	case []string:
		if len(v) > MaxListItems {
			return nil, problem(f.Name, "%d items, at most %d are allowed", len(v), MaxListItems)
		}
		return slices.Clone(v), nil
	case string:
		return f.list(lines(v))
	}
	return nil, problem(f.Name, "%s is not a list", describe(value))
}

func (f Field) time(value any) (time.Time, error) {
	s, ok := value.(string)
	if ok {
		if t, err := time.Parse(time.RFC3339, strings.TrimSpace(s)); err == nil {
			return t, nil
		}
	}
	return time.Time{}, problem(f.Name, "%s is not a time like 2026-01-31T16:00:00Z", describe(value))
}

// lines splits text with one item per line, as a script writes a list.
func lines(s string) []string {
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n")
	if s == "" {
		return []string{}
	}
	return strings.Split(s, "\n")
}

// describe quotes a value for an error message, shortened.
func describe(value any) string {
	switch v := value.(type) {
	case string:
		const most = 40
		if utf8.RuneCountInString(v) > most {
			return strconv.Quote(string([]rune(v)[:most])) + "…"
		}
		return strconv.Quote(v)
	case []string:
		return "a list"
	case Opaque:
		return "a value of " + string(v)
	case map[string]any:
		return "an object"
	case []any:
		return "a list with something else than text in it"
	}
	return fmt.Sprint(value)
}

// Opaque stands for a value that has no form known here, by the name of its
// form: REG_BINARY, say.
type Opaque string

func checkSize(fields Fields) error {
	if len(fields) > MaxFields {
		return problem("", "%d fields, at most %d are allowed", len(fields), MaxFields)
	}
	total := 0
	for _, name := range sortedNames(fields) {
		size := sizeOf(fields[name])
		if size > MaxField {
			return problem(name, "larger than %d KiB", MaxField>>10)
		}
		if total += len(name) + size; total > MaxMessage {
			return problem("", "the message is larger than %d KiB", MaxMessage>>10)
		}
	}
	return nil
}

func sizeOf(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []string:
		n := 0
		for _, item := range v {
			n += len(item) + 1
		}
		return n
	case []any:
		n := 0
		for _, item := range v {
			n += sizeOf(item) + 1
		}
		return n
	case map[string]any:
		n := 0
		for name, item := range v {
			n += len(name) + sizeOf(item)
		}
		return n
	}
	return 8
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
	r, size := utf8.DecodeRuneInString(name)
	return string(unicode.ToLower(r)) + name[size:]
}

// DecodeReply reads a reply or a claim, from whichever store it came. Unknown
// fields are ignored. The error is a *FieldError.
func DecodeReply(fields Fields) (Reply, error) {
	r := Reply{Button: NoButton}
	err := replyTable.decode(&r, fields, func(string, any) error { return nil })
	return r, err
}

// Fields returns the reply as a store keeps it.
func (r Reply) Fields() Fields {
	fields := replyTable.encode(&r)
	if r.Status.Final() {
		fields["Button"] = r.Button
	}
	return fields
}

// DecodePresence reads the record of a monitor. The error is a *FieldError.
func DecodePresence(fields Fields) (Presence, error) {
	var p Presence
	err := presenceTable.decode(&p, fields, func(string, any) error { return nil })
	return p, err
}

// Fields returns the record as a store keeps it.
func (p Presence) Fields() Fields { return presenceTable.encode(&p) }

// DecodeMessage reads a message and validates it. The error is a *FieldError;
// the message is returned with it, as far as it was read.
func DecodeMessage(fields Fields) (Message, error) {
	m := NewMessage(KindPopup)
	err := messageTable.decode(&m, fields, m.unknown)
	if err == nil {
		err = m.Validate()
	}
	return m, err
}

// unknown keeps what the table has no column for: variants in other
// languages, and fields for other processors.
func (m *Message) unknown(name string, value any) error {
	if strings.EqualFold(name, "Ready") {
		return nil
	}
	base, tag, dotted := strings.Cut(name, ".")
	if c, ok := messageTable.column(base); dotted && ok && c.Localised {
		variant, err := c.variant(tag, value)
		if err != nil {
			return err
		}
		if m.Variants == nil {
			m.Variants = map[string]any{}
		}
		m.Variants[c.Name+"."+tag] = variant
		return nil
	}
	if m.Extra == nil {
		m.Extra = Fields{}
	}
	m.Extra[name] = value
	return nil
}

func (f Field) variant(tag string, value any) (any, error) {
	named := f
	named.Name += "." + tag
	if f.Form == List {
		return named.list(value)
	}
	return named.text(value)
}

// Fields returns the message as a store keeps it, without Ready.
func (m Message) Fields() Fields {
	fields := messageTable.encode(&m)
	if m.Percent == -1 {
		delete(fields, "Percent")
	} else if m.Kind == KindProgress {
		fields["Percent"] = m.Percent
	}
	for name, value := range m.Variants {
		fields[name] = value
	}
	for name, value := range m.Extra {
		fields[name] = value
	}
	return fields
}

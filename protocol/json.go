package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"unicode/utf8"
)

// ParseJSON reads the text of a spool file: one UTF-8 JSON object, with or
// without a byte-order mark. Names that differ in case only are one name, of
// which the last counts. The error is a *FieldError.
func ParseJSON(data []byte) (Fields, error) {
	if len(data) > MaxEncoded {
		return nil, problem("", "the message is larger than %d KiB", MaxMessage>>10)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, problem("", "written in UTF-16, not in UTF-8")
	}
	if !utf8.Valid(data) {
		return nil, problem("", "not written in UTF-8")
	}
	if fields, ok := parseAtOnce(data); ok {
		return fields, nil
	}
	return parseByName(data)
}

// parseByName reads an object name by name: of those that differ in case only the
// last counts, and an error says where it is.
func parseByName(data []byte) (Fields, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	start, err := d.Token()
	if errors.Is(err, io.EOF) {
		return nil, problem("", "the file is empty")
	}
	if err != nil {
		return nil, problem("", "not JSON: %v", err)
	}
	if start != json.Delim('{') {
		return nil, problem("", "not a JSON object")
	}
	fields, spelling := Fields{}, map[string]string{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, problem("", "not JSON: %v", err)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, problem(shown(name.(string)), "not JSON: %v", err)
		}
		folded := Fold(name.(string))
		if earlier, twice := spelling[folded]; twice {
			delete(fields, earlier)
		}
		spelling[folded] = name.(string)
		fields[name.(string)] = plain(value)
	}
	if _, err := d.Token(); err != nil {
		return nil, problem("", "not JSON: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, problem("", "more than one JSON object")
	}
	return fields, nil
}

// parseAtOnce reads an object whose names are all different, in half the time
// that it takes name by name. Where it is none, or nothing that can be read, that
// is for who reads name by name to say.
func parseAtOnce(data []byte) (Fields, bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil || object == nil {
		return nil, false
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, false
	}
	names := make(map[string]bool, len(object))
	for name, value := range object {
		object[name] = plain(value)
		names[Fold(name)] = true
	}
	return object, len(names) == len(object)
}

// plain turns what encoding/json makes of a value into what Fields holds: a
// whole number becomes an int, a list of texts a []string.
func plain(value any) any {
	switch v := value.(type) {
	case json.Number:
		return number(v)
	case []any:
		items := make([]string, 0, len(v))
		for i := range v {
			v[i] = plain(v[i])
			if text, ok := v[i].(string); ok {
				items = append(items, text)
			}
		}
		if len(items) == len(v) {
			return items
		}
	case map[string]any:
		for name := range v {
			v[name] = plain(v[name])
		}
	}
	return value
}

// number is exact for what fits 64 bits: a start time has 18 digits.
func number(n json.Number) any {
	if i, err := strconv.Atoi(n.String()); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return Opaque("the number " + shorten(n.String()))
	}
	const exact = 1 << 53
	if f == math.Trunc(f) && math.Abs(f) <= exact {
		return int(f)
	}
	return f
}

// MarshalJSON returns fields as the text of a spool file, names in camelCase.
func (fields Fields) MarshalJSON() ([]byte, error) {
	object := make(map[string]any, len(fields))
	for name, value := range fields {
		object[jsonName(name)] = value
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(object); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

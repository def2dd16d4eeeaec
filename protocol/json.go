package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
)

// ParseJSON reads the text of a spool file: one UTF-8 JSON object, with or
// without a byte-order mark. Names that differ in case only are one name, of
// which the last counts. The error is a *FieldError.
func ParseJSON(data []byte) (Fields, error) {
	if len(data) > MaxEncoded {
		return nil, problem("", "the message is larger than %d KiB", MaxMessage>>10)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	d := json.NewDecoder(bytes.NewReader(data))
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
			return nil, problem(name.(string), "not JSON: %v", err)
		}
		folded := strings.ToLower(name.(string))
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

// plain turns what encoding/json makes of a value into what Fields holds.
func plain(value any) any {
	switch v := value.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= math.MaxUint32 {
			return int(v)
		}
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			text, ok := item.(string)
			if !ok {
				return v
			}
			items[i] = text
		}
		return items
	}
	return value
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

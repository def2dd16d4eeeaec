package protocol

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func (f Field) text(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case []string:
		return strings.Join(v, "\n"), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
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
		return 0, problem(f.Name, "%s is not a whole number", strconv.FormatFloat(v, 'f', -1, 64))
	case string:
		parsed, err := strconv.Atoi(strings.TrimSpace(v))
		if err != nil {
			return 0, problem(f.Name, "%s is not a number", describe(value))
		}
		n = parsed
	default:
		return 0, problem(f.Name, "%s is not a number", describe(value))
	}
	// A REG_DWORD has no sign: −1 arrives as 0xFFFFFFFF. Further below zero
	// nothing goes.
	if n > math.MaxUint32-math.MaxUint16 && n <= math.MaxUint32 {
		n = int(int32(uint32(n)))
	}
	return n, nil
}

func (f Field) flag(value any) (bool, error) {
	switch v := value.(type) {
	case bool:
		return v, nil
	case int: // VBScript's True is −1, 0xFFFFFFFF
		return v != 0, nil
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "1", "-1", "true":
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
		if short := shorten(v); short != v {
			return strconv.Quote(strings.TrimSuffix(short, "…")) + "…"
		}
		return strconv.Quote(v)
	case []string:
		return "a list"
	case Opaque:
		return string(v)
	case map[string]any:
		return "an object"
	case []any:
		return "a list with something else than text in it"
	}
	return fmt.Sprint(value)
}

func shorten(s string) string {
	const most = 40
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most]) + "…"
	}
	return s
}

// Opaque stands for a value that has no form known here, in words for an error
// message: "a value of REG_BINARY".
type Opaque string

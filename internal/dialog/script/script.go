// Package script is the user who is not there: it answers questions by a
// file, so that a sender can be tried without a screen or a person.
//
// The file has one JSON object a line; empty lines are passed over:
//
//	{"match": "(?i)restart", "button": "Later", "times": 2}
//	{"match": "Your name", "answer": "Anna", "after": "1.5s"}
//	{"match": "Which", "items": ["a", "b"], "checked": true}
//	{"timeout": true}
//
// match is an RE2 expression over title, newline and text; absent, it matches
// everything. The first line that matches and is not used up (times) answers,
// after the time in after, with one of: button, a caption in the message's own
// language or Popup's number; answer, the text or the item; items; dismiss,
// the window closed; timeout, nobody there until the monitor gives up. A tick
// box is ticked by checked.
package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/deskbell/deskbell/internal/dialog"
)

// maxFile bounds what is read of a script.
const maxFile = 1 << 20

// Load reads the script at path. The error names the line that is wrong.
func Load(path string) (dialog.Dialog, error) {
	u, err := readUser(path)
	if err != nil {
		return nil, err
	}
	return u, nil
}

func readUser(path string) (*user, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load the script: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("load the script: %w", err)
	}
	lines, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("script %s: %w", path, err)
	}
	return &user{path: path, lines: lines}, nil
}

// line is one line of a script.
type line struct {
	number   int
	match    *regexp.Regexp
	action   action
	button   any // caption (string) or number (int)
	items    []string
	after    time.Duration
	checked  bool
	uses     int
	infinite bool
}

type action int

const (
	press action = iota + 1
	answer
	choose
	dismiss
	timeout
)

func parse(data []byte) ([]line, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("larger than %d KiB", maxFile>>10)
	}
	var lines []line
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	for i, text := range bytes.Split(data, []byte("\n")) {
		text = bytes.TrimSpace(text)
		if len(text) == 0 {
			continue
		}
		l, err := parseLine(text)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		l.number = i + 1
		lines = append(lines, l)
	}
	return lines, nil
}

func parseLine(text []byte) (line, error) {
	var w struct {
		Match   string
		Button  json.RawMessage
		Answer  *string
		Items   *[]string
		Dismiss bool
		Timeout bool
		After   string
		Checked bool
		Times   *int
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return line{}, fmt.Errorf("not a JSON object of a script: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return line{}, errors.New("more than one JSON object")
	}
	l := line{checked: w.Checked, infinite: w.Times == nil}
	var err error
	if l.match, err = regexp.Compile(w.Match); err != nil {
		return line{}, fmt.Errorf("match is not an RE2 expression: %w", err)
	}
	if w.After != "" {
		if l.after, err = time.ParseDuration(w.After); err != nil || l.after < 0 {
			return line{}, fmt.Errorf("after: %q is not a duration like 1.5s", w.After)
		}
	}
	if !l.infinite {
		if l.uses = *w.Times; l.uses < 1 {
			return line{}, fmt.Errorf("times: %d is not a number of times", l.uses)
		}
	}
	actions := 0
	set := func(given bool, a action) {
		if given {
			l.action = a
			actions++
		}
	}
	set(w.Button != nil, press)
	set(w.Answer != nil, answer)
	set(w.Items != nil, choose)
	set(w.Dismiss, dismiss)
	set(w.Timeout, timeout)
	if actions != 1 {
		return line{}, errors.New("has to have one of button, answer, items, dismiss and timeout")
	}
	switch l.action {
	case press:
		l.button, err = parseButton(w.Button)
	case answer:
		l.items = []string{*w.Answer}
	case choose:
		l.items = *w.Items
	}
	return l, err
}

func parseButton(value json.RawMessage) (any, error) {
	var caption string
	var number int
	switch {
	case json.Unmarshal(value, &caption) == nil && caption != "":
		return caption, nil
	case json.Unmarshal(value, &number) == nil && number > 0:
		return number, nil
	}
	return nil, fmt.Errorf("button: %s is neither a caption nor a button's number", value)
}

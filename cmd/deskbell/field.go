package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

// fields are the fields of a message that flags and arguments have given, by
// name. A flag adds to them only when it is used.
type fields struct {
	values protocol.Fields
	stdin  io.Reader
}

// fieldValue is the flag of one field, or of one of its languages.
type fieldValue struct {
	name  string // Text, Text.de
	field protocol.Field
	set   *fields
	used  bool
}

// addFields gives the command a flag for every field of the table that means
// something to the kind ("" = any kind), without those that the command
// itself decides.
func (c *call) addFields(command *cobra.Command, kind string, decided ...string) *fields {
	set := &fields{protocol.Fields{}, c.stdin}
	for _, field := range protocol.Messages() {
		if slices.Contains(decided, field.Name) || kind != "" && !field.For(kind) {
			continue
		}
		flag := command.Flags().VarPF(&fieldValue{name: field.Name, field: field, set: set}, field.Flag(), "", usageText(field))
		if field.Form == protocol.Flag {
			flag.NoOptDefVal = "true"
		}
		complete(command, flag.Name, fieldWords(field))
	}
	return set
}

// fieldWords are the words to offer for a field, none where anything goes.
func fieldWords(field protocol.Field) []string {
	switch {
	case field.Name == "Kind":
		return []string{protocol.KindPopup, protocol.KindInput, protocol.KindChoose, protocol.KindNotify, protocol.KindProgress, protocol.KindControl}
	case field.Name == "To":
		return []string{"active", "all", "user:", "sid:", "uid:", "session:"}
	case field.Name == "Combine":
		return []string{protocol.CombineFirst, protocol.CombineAny, protocol.CombineAll, protocol.CombineVeto, protocol.CombineQuorum + "="}
	case field.Name == "Fallback":
		return protocol.Fallbacks()
	case field.Form == protocol.Flag:
		return []string{"true", "false"}
	}
	return field.Values
}

func usageText(field protocol.Field) string {
	text := field.Help
	if field.Values != nil {
		text += " (" + strings.Join(field.Values, ", ") + ")"
	}
	if field.Form == protocol.List {
		text += "; repeat it for more"
	}
	if field.Localised {
		text += "; --" + field.Flag() + ".de for another language"
	}
	return text
}

func isDuration(field protocol.Field) bool {
	switch field.Name {
	case "Timeout", "Ttl", "BusyMax", "Remind":
		return true
	}
	return false
}

func (v *fieldValue) String() string { return "" }

// Type is the word for the value in the help.
func (v *fieldValue) Type() string {
	switch {
	case isDuration(v.field):
		return "duration"
	case v.field.Form == protocol.Number:
		return "number"
	case v.field.Form == protocol.Flag:
		return "bool"
	case v.field.Form == protocol.Time:
		return "time"
	case v.field.Values != nil:
		return "word"
	}
	return "text"
}

func (v *fieldValue) Set(s string) error {
	values := v.set.values
	switch {
	case isDuration(v.field):
		d, err := parseDuration(s)
		if err != nil {
			return err
		}
		values[v.name] = int(min(math.Ceil(d.Seconds()), math.MaxInt32))
	case v.field.Form == protocol.Number:
		n, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("%q is not a number", s)
		}
		values[v.name] = n
	case v.field.Form == protocol.Flag:
		on, err := strconv.ParseBool(s)
		if err != nil {
			return errors.New("it is true or false")
		}
		values[v.name] = on
	case v.field.Form == protocol.Time:
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return fmt.Errorf("%q is not a time like 2026-01-31T16:00:00Z", s)
		}
		values[v.name] = s
	case v.field.Form == protocol.List:
		var items []string
		if v.used {
			items = values[v.name].([]string)
		}
		values[v.name] = append(items, s)
	default:
		return v.setText(s)
	}
	v.used = true
	return nil
}

func (v *fieldValue) setText(s string) error {
	if v.field.Values != nil {
		if err := oneOf(s, v.field.Values); err != nil {
			return err
		}
	}
	if name, ok := strings.CutPrefix(s, "@"); ok && (v.field.Name == "Text" || v.field.Name == "Details") {
		text, err := readText(name, v.set.stdin)
		if err != nil {
			return err
		}
		s = text
	}
	v.set.values[v.name] = s
	return nil
}

// readText reads the text of a field from a file, - being stdin. A second @
// stands for the first character of a text that is none.
func readText(name string, stdin io.Reader) (string, error) {
	if strings.HasPrefix(name, "@") {
		return name, nil
	}
	source := stdin
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer file.Close()
		source = file
	}
	data, err := io.ReadAll(io.LimitReader(source, protocol.MaxField+1))
	if err != nil {
		return "", err
	}
	if len(data) > protocol.MaxField {
		return "", fmt.Errorf("%s is larger than %d KiB", name, protocol.MaxField>>10)
	}
	text := strings.TrimPrefix(string(data), "\ufeff")
	return strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n"), nil
}

// give sets a field that an argument names; it must not be a flag's too.
func (f *fields) give(name string, value any) error {
	if _, twice := f.values[name]; twice {
		return &usageError{problem: fmt.Sprintf("the %s is given twice, as an argument and as a flag", strings.ToLower(name))}
	}
	f.values[name] = value
	return nil
}

// message is the message that the fields make, of the kind.
func (f *fields) message(kind string) (protocol.Message, error) {
	f.values["Kind"] = kind
	return protocol.DecodeMessage(f.values)
}

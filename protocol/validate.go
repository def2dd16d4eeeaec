package protocol

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Validate says what is wrong with the message, as a *FieldError; nil if
// nothing is. It does not ask whether anybody handles the Kind.
func (m Message) Validate() error {
	if m.Version > Version {
		return problem("Version", "%d is newer than %d, which this Deskbell speaks", m.Version, Version)
	}
	if m.Version < 1 {
		return problem("Version", "%d is not a version", m.Version)
	}
	if m.Kind == "" {
		return problem("Kind", "is empty")
	}
	if err := m.validateTable(); err != nil {
		return err
	}
	checks := []func() error{m.validateVariants, m.validateText, m.validateButtons, m.validateChoices, m.validateInput, m.validateControl, m.validateTo, m.validateCombine, m.validateQuiet, m.validateFallback}
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return checkSize(m.Fields())
}

// validateTable checks what the field table alone can tell.
func (m Message) validateTable() error {
	for _, c := range messageTable.columns {
		var err error
		switch p := c.at(&m).(type) {
		case *int:
			if (*p < c.Min || *p > c.Max) && c.For(m.Kind) {
				err = problem(c.Name, "%d is not between %d and %d", *p, c.Min, c.Max)
			}
		case *string:
			err = c.checkText(*p)
		case *[]string:
			err = c.checkList(*p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f Field) checkText(text string) error {
	switch {
	case !utf8.ValidString(text):
		return problem(f.Name, "is not valid UTF-8")
	case strings.ContainsRune(text, 0):
		return problem(f.Name, "has a NUL character in it")
	case f.Values != nil && text != "" && !slices.Contains(f.Values, text):
		return problem(f.Name, "%s is not one of %s", describe(text), strings.Join(f.Values, ", "))
	}
	return nil
}

func (f Field) checkList(items []string) error {
	if len(items) > MaxListItems {
		return problem(f.Name, "%d items, at most %d are allowed", len(items), MaxListItems)
	}
	for _, item := range items {
		switch {
		case strings.TrimSpace(item) == "":
			return problem(f.Name, "an item is empty")
		case strings.ContainsAny(item, "\r\n"):
			return problem(f.Name, "%s has more than one line", describe(item))
		}
		if err := f.checkText(item); err != nil {
			return err
		}
	}
	return nil
}

// validateVariants holds fields in other languages to what their plain ones
// are held to; a list has an item for each of the plain one.
func (m Message) validateVariants() error {
	for _, name := range sortedNames(m.Variants) {
		base, tag, _ := strings.Cut(name, ".")
		c, ok := messageTable.column(base)
		if !ok || !c.Localised || tag == "" {
			return problem(shown(name), "is not a field that comes in other languages")
		}
		f := c.Field
		f.Name = shown(name)
		var err error
		switch value := m.Variants[name].(type) {
		case string:
			if f.Form == List {
				return problem(f.Name, "is not a list")
			}
			err = f.checkText(value)
		case []string:
			if f.Form != List {
				return problem(f.Name, "is a list")
			}
			if plain := *c.at(&m).(*[]string); len(value) != len(plain) {
				return problem(f.Name, "%d items, but %s has %d", len(value), c.Name, len(plain))
			}
			err = f.checkList(value)
		default:
			return problem(f.Name, "is neither text nor a list")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m Message) validateText() error {
	switch m.Kind {
	case KindPopup, KindInput, KindChoose, KindNotify:
		if m.Text == "" {
			return problem("Text", "is required for %s", m.Kind)
		}
	}
	if m.Link != "" {
		u, err := url.Parse(m.Link)
		if err != nil || u.Scheme != "https" || u.Host == "" {
			return problem("Link", "%s is not an https: address", describe(m.Link))
		}
	}
	return nil
}

func (m Message) validateButtons() error {
	if m.Kind == KindPopup && len(m.Buttons) == 0 && m.Type&typeButtons >= len(buttonSets) {
		return problem("Type", "%d has no set of buttons: its lowest part must be 0 to 6", m.Type)
	}
	return nil
}

func (m Message) validateChoices() error {
	if m.Kind == KindChoose && len(m.Choices) == 0 {
		return problem("Choices", "is required for %s", m.Kind)
	}
	return nil
}

func (m Message) validateInput() error {
	if _, err := m.pattern(); err != nil {
		return err
	}
	if m.SealTo != "" {
		if key, err := base64.StdEncoding.DecodeString(m.SealTo); err != nil || len(key) != 32 {
			return problem("SealTo", "is not the Base64 of an X25519 public key of 32 bytes")
		}
	}
	return nil
}

func (m Message) pattern() (*regexp.Regexp, error) {
	if _, err := regexp.Compile(m.Pattern); err != nil {
		return nil, problem("Pattern", "%s is not an RE2 expression: %v", describe(m.Pattern), err)
	}
	return regexp.MustCompile(`\A(?:` + m.Pattern + `)\z`), nil
}

// Matches reports whether the whole of answer matches Pattern; without a
// pattern everything does. An invalid pattern matches nothing.
func (m Message) Matches(answer string) bool {
	if m.Pattern == "" {
		return true
	}
	re, err := m.pattern()
	return err == nil && re.MatchString(answer)
}

func (m Message) validateControl() error {
	if m.Kind == KindControl && m.Command == "" {
		return problem("Command", "is required for %s", m.Kind)
	}
	return nil
}

func (m Message) validateTo() error {
	if m.To == "" {
		return nil
	}
	for one := range strings.SplitSeq(m.To, ",") {
		if !isRecipient(strings.TrimSpace(one)) {
			return problem("To", "%s is not active, all, user:NAME, sid:SID, uid:N or session:N", describe(one))
		}
	}
	return nil
}

// isRecipient reports whether a text is one form of To.
func isRecipient(to string) bool {
	if to == "active" || to == "all" {
		return true
	}
	how, whom, _ := strings.Cut(to, ":")
	switch how {
	case "user", "sid", "session":
		return whom != ""
	case "uid":
		_, err := strconv.ParseUint(whom, 10, 32)
		return err == nil
	}
	return false
}

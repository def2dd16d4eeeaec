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
	checks := []func() error{m.validateText, m.validateButtons, m.validateChoices, m.validateInput, m.validateControl, m.validateTo}
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
		switch p := c.at(&m).(type) {
		case *int:
			if (*p < c.Min || *p > c.Max) && c.For(m.Kind) {
				return problem(c.Name, "%d is not between %d and %d", *p, c.Min, c.Max)
			}
		case *string:
			if !utf8.ValidString(*p) {
				return problem(c.Name, "is not valid UTF-8")
			}
			if strings.ContainsRune(*p, 0) {
				return problem(c.Name, "has a NUL character in it")
			}
			if c.Values != nil && *p != "" && !slices.Contains(c.Values, *p) {
				return problem(c.Name, "%s is not one of %s", describe(*p), strings.Join(c.Values, ", "))
			}
		case *[]string:
			if len(*p) > MaxListItems {
				return problem(c.Name, "%d items, at most %d are allowed", len(*p), MaxListItems)
			}
			for _, item := range *p {
				if strings.TrimSpace(item) == "" {
					return problem(c.Name, "an item is empty")
				}
				if strings.ContainsAny(item, "\x00\r\n") {
					return problem(c.Name, "%s has more than one line", describe(item))
				}
			}
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
	for name, variant := range m.Variants {
		if items, ok := variant.([]string); ok {
			base, _, _ := strings.Cut(name, ".")
			if plain := m.list(base); len(items) != len(plain) {
				return problem(name, "%d items, but %s has %d", len(items), base, len(plain))
			}
		}
	}
	return nil
}

func (m Message) list(name string) []string {
	if name == "Buttons" {
		return m.Buttons
	}
	return m.Choices
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
	if m.To == "" || m.To == "active" || m.To == "all" {
		return nil
	}
	how, whom, _ := strings.Cut(m.To, ":")
	switch how {
	case "user", "sid", "session":
		if whom != "" {
			return nil
		}
	case "uid":
		if _, err := strconv.ParseUint(whom, 10, 32); err == nil {
			return nil
		}
	}
	return problem("To", "%s is not active, all, user:NAME, sid:SID, uid:N or session:N", describe(m.To))
}

package protocol

import "strings"

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
	if isReady(name) {
		return nil
	}
	base, tag, _ := strings.Cut(name, ".")
	if c, ok := messageTable.column(base); tag != "" && ok && c.Localised {
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

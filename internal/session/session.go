// Package session knows the session that this process runs in: its id, its
// person, that person's languages, and how long nothing was typed or moved.
package session

import (
	"fmt"
	"os/user"

	"golang.org/x/text/language"
)

// Current returns the id of the session by which a monitor of this process
// signs in (docs/protocol.md, section 5): on Windows the session id; on Linux
// the logind id of the user's graphical session, else XDG_SESSION_ID, else
// the name of the display, else 0. It blocks for a second at most.
func Current() string { return current() }

// Interactive reports whether this process has a session or display of its
// own on which a window could be seen.
func Interactive() bool { return interactive() }

// Languages returns the person's languages, best first, as the system is set
// to show them; English where it says nothing.
func Languages() []language.Tag {
	if tags := parseLanguages(languageNames()); len(tags) > 0 {
		return tags
	}
	return []language.Tag{language.English}
}

func parseLanguages(names []string) (tags []language.Tag) {
	for _, name := range names {
		if tag, err := language.Parse(name); err == nil && tag != language.Und {
			tags = append(tags, tag)
		}
	}
	return tags
}

// localeOf is the first language among names, as Session has it; "" for none.
func localeOf(names []string) string {
	if tags := parseLanguages(names); len(tags) > 0 {
		return tags[0].String()
	}
	return ""
}

// User returns the name of the person as a reply carries it: DOMAIN\name on
// Windows, the login name on Linux.
func User() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("ask for the name of the user: %w", err)
	}
	return u.Username, nil
}

// UID returns the uid in decimal, or the SID, of the user who runs this
// process, as Session.UID has it.
func UID() string { return uid() }

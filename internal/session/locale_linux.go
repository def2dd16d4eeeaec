package session

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// How well a process knows the locale of a session of its user.
const (
	ofUser    = iota + 1 // it is the user's
	ofDesktop            // it shows windows
	ofSession            // it was told that it is in the session
)

// addLocales fills in the sessions' locales: from the environment of a process
// of the person, which others than he and root may not read, else from what the
// computer is set to.
func addLocales(ctx context.Context, proc, etc string, sessions []Session) {
	if len(sessions) == 0 {
		return
	}
	known := make([]int, len(sessions))
	dirs, _ := os.ReadDir(proc) // without it nothing is known
	for _, dir := range dirs {
		if _, err := strconv.ParseUint(dir.Name(), 10, 32); err != nil || ctx.Err() != nil {
			continue
		}
		p, ok := readProcess(filepath.Join(proc, dir.Name()))
		if !ok {
			continue
		}
		for i, s := range sessions {
			if p.uid != s.UID || p.knows(s) <= known[i] {
				continue
			}
			if locale := localeOf(p.languages); locale != "" {
				sessions[i].Locale, known[i] = locale, p.knows(s)
			}
		}
	}
	computer := localeOf(computerLanguages(etc))
	for i := range sessions {
		if known[i] == 0 {
			sessions[i].Locale = computer
		}
	}
}

func (p process) knows(s Session) int {
	switch {
	case p.id == s.ID:
		return ofSession
	case p.kind == "x11" || p.kind == "wayland":
		return ofDesktop
	}
	return ofUser
}

// computerLanguages reads locale.conf(5), or where Debian has the same.
func computerLanguages(etc string) []string {
	for _, name := range []string{"locale.conf", "default/locale"} {
		data, err := readSome(filepath.Join(etc, name))
		if err != nil {
			continue
		}
		values := map[string]string{}
		for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), "=")
			values[strings.TrimSpace(name)] = strings.Trim(strings.TrimSpace(value), `"'`)
		}
		return languagesOf(func(name string) string { return values[name] })
	}
	return nil
}

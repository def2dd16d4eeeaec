package session

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

func current() string {
	if id := graphicalSession(); id != "" {
		return recordName(id)
	}
	return identity(os.Getenv)
}

// identity is the id of the session of a process by its environment.
func identity(getenv func(string) string) string {
	for _, name := range []string{"XDG_SESSION_ID", "WAYLAND_DISPLAY", "DISPLAY"} {
		if id := getenv(name); id != "" {
			return recordName(id)
		}
	}
	return "0"
}

// graphicalSession asks logind for the Display of this user
// (org.freedesktop.login1.User), "" where there is none to ask.
func graphicalSession() string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	bus, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return ""
	}
	defer bus.Close()
	display := struct {
		ID   string
		Path dbus.ObjectPath
	}{}
	user := bus.Object("org.freedesktop.login1", "/org/freedesktop/login1/user/self")
	call := user.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart,
		"org.freedesktop.login1.User", "Display")
	if err := call.Store(&display); err != nil {
		return ""
	}
	return display.ID
}

func uid() string { return strconv.Itoa(os.Geteuid()) }

// Administrators is what the person is called who puts what administrators
// alone can put.
const Administrators = "root"

func interactive() bool {
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

func languageNames() []string { return languagesOf(os.Getenv) }

// languagesOf reads an environment as gettext does: LANGUAGE, a list, unless the
// locale is C, then the first of LC_ALL, LC_MESSAGES and LANG.
func languagesOf(getenv func(string) string) []string {
	var locale string
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale = getenv(name); locale != "" {
			break
		}
	}
	locale, _, _ = strings.Cut(locale, ".")
	locale, _, _ = strings.Cut(locale, "@")
	if locale == "" || locale == "C" || locale == "POSIX" {
		return nil
	}
	return append(strings.Split(getenv("LANGUAGE"), ":"), locale)
}

// recordName makes a display's name fit to name a presence record.
func recordName(s string) string {
	return strings.ToLower(strings.NewReplacer("/", "-", `\`, "-").Replace(s))
}

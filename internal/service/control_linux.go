package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// managed reports whether systemd runs here (sd_booted(3)).
func managed() error {
	if info, err := os.Lstat("/run/systemd/system"); err != nil || !info.IsDir() {
		return fmt.Errorf("%w: systemd does not run", ErrNoManager)
	}
	return nil
}

// systemctl runs it until it is done, and returns what it printed; an error
// says what it said.
func systemctl(ctx context.Context, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "systemctl", append([]string{"--no-ask-password", "--no-pager"}, args...)...)
	command.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0")
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	switch {
	case err == nil:
		return string(out), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("%w: %w", ErrNoManager, err)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
	return string(out), fmt.Errorf("systemctl %s: %w: %s", args[0], err, line)
}

func (d Definition) start(ctx context.Context) error {
	if err := administrator(); err != nil {
		return &PermissionError{Err: err}
	}
	if err := managed(); err != nil {
		return err
	}
	// Somebody wants it to start, however often it has before. A unit that systemd
	// does not know yet has nothing to be forgotten.
	_, _ = systemctl(ctx, "reset-failed", "--quiet", d.name())
	_, err := systemctl(ctx, "start", d.name())
	if err == nil || ctx.Err() != nil {
		return err
	}
	s, statusErr := d.status(ctx)
	if statusErr != nil || s.State == Missing {
		return err
	}
	return &ControlError{State: s.State, Said: s.Said}
}

func (d Definition) stop(ctx context.Context) error {
	if err := administrator(); err != nil {
		return &PermissionError{Err: err}
	}
	if managed() != nil {
		return nil // nothing runs it
	}
	s, err := d.status(ctx)
	if err != nil || s.State == Missing {
		return err
	}
	if _, err := systemctl(ctx, "stop", d.name()); err != nil {
		return err
	}
	if s, err = d.status(ctx); err != nil {
		return err
	}
	if s.Pid != 0 {
		return &ControlError{State: s.State, Said: s.Said}
	}
	return nil
}

func (d Definition) status(ctx context.Context) (Status, error) {
	s := Status{State: Missing}
	is, err := readUnit(d.place())
	there := err == nil
	want := is
	if d.Program != "" {
		var err error
		if want, err = d.unit(); err != nil {
			return s, err
		}
	}
	switch {
	case errors.Is(err, errNoFile):
		there, s.Different = true, d.place()+" is no file"
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return s, err
	case there && is != want:
		s.Different = d.place() + " differs"
	}
	if there {
		s.State = Stopped
		s.Command = execStart(is)
		s.Program = firstWord(s.Command)
	}
	if managed() != nil {
		return s, nil
	}
	out, err := systemctl(ctx, "show", "--property=LoadState,ActiveState,SubState,UnitFileState,MainPID,Result,ExecMainStatus,StatusText,NeedDaemonReload", d.name())
	if err != nil {
		return s, err
	}
	properties := map[string]string{}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		properties[name] = value
	}
	s.judge(properties, there)
	return s, nil
}

// judge adds what systemd says (systemctl show); there says that the unit's
// file is.
func (s *Status) judge(p map[string]string, there bool) {
	if !there && (p["LoadState"] == "not-found" || p["LoadState"] == "") && p["ActiveState"] != "active" {
		return
	}
	s.Pid, _ = strconv.Atoi(p["MainPID"])
	switch p["ActiveState"] {
	case "active", "reloading":
		s.State = Running
	case "activating":
		s.State = Starting
	case "deactivating":
		s.State = Stopping
	case "failed":
		s.State = Failed
	default:
		s.State = Stopped
	}
	if s.Said = p["StatusText"]; s.Said == "" && s.State == Failed {
		s.Said = fmt.Sprintf("%s, exit status %s", p["Result"], p["ExecMainStatus"])
	}
	switch {
	case s.Different != "":
	case !there:
		s.Different = "its unit is not where it is installed"
	case p["NeedDaemonReload"] == "yes":
		s.Different = "systemd has not read its unit anew"
	case p["UnitFileState"] != "enabled":
		s.Different = "it does not start with the computer: it is " + p["UnitFileState"]
	}
}

// execStart is the command line in a unit.
func execStart(unit string) string {
	for line := range strings.Lines(unit) {
		if command, ok := strings.CutPrefix(line, "ExecStart="); ok {
			return strings.TrimSpace(command)
		}
	}
	return ""
}

// firstWord is the program of a command line that quoteUnit quoted.
func firstWord(command string) string {
	word, _, _ := strings.Cut(command, " ")
	if rest, quoted := strings.CutPrefix(command, `"`); quoted {
		word = rest
		for n := 0; n < len(rest); n++ {
			if rest[n] == '\\' {
				n++
			} else if rest[n] == '"' {
				word = rest[:n]
				break
			}
		}
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`, `%%`, `%`, `$$`, `$`).Replace(word)
}

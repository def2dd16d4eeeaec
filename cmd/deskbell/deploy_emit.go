package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/deskbell/deskbell/internal/deploy"
)

// Distribution systems that --emit knows.
const (
	emitIntune    = "intune"
	emitConfigMgr = "configmgr"
	emitPDQ       = "pdq"
	emitAnsible   = "ansible"
	emitGPO       = "gpo"
)

func emits() []string { return []string{emitIntune, emitConfigMgr, emitPDQ, emitAnsible, emitGPO} }

// emitted is what --emit prints: what to put into the fields of a distribution
// system.
type emitted struct {
	line           string
	later, restart []string // exit statuses
	success        []string
	minutes        int // to allow for a run, in whole fives
	detect         string
}

// emit prints what to put into the fields of a distribution system for this line.
func (c *call) emit(d *deployment, job *deploy.Job) error {
	windows := d.emit != emitAnsible
	e := emitted{line: d.emitLine(windows), success: []string{"0"}, detect: "deskbell detect " + d.name}
	for _, status := range d.success {
		if status != 0 && !slices.Contains(d.restarting.codes, status) && (windows || status < 256) {
			e.success = append(e.success, fmt.Sprint(status))
		}
	}
	if d.restarting.exit == exitKeep || job.Restart.Mode == deploy.RestartAgent {
		for _, status := range d.restarting.codes {
			if windows || status < 256 {
				e.restart = append(e.restart, fmt.Sprint(status))
			}
		}
	}
	for _, r := range []deploy.Result{{Outcome: deploy.Deferred}, {Outcome: deploy.Undecided}} {
		style := c.style
		c.style = cmp.Or(c.style, map[bool]string{true: styleMSI, false: stylePosix}[windows])
		report, _ := c.deployReport(d, r)
		c.style = style
		if status := fmt.Sprint(report.Exit); !slices.Contains(e.later, status) {
			e.later = append(e.later, status)
		}
	}
	const five = 5 * time.Minute
	e.minutes = int(job.MaxRun/five)*5 + 5
	return c.write(e.text(d.emit))
}

// text is what a person copies.
func (e emitted) text(system string) string {
	later, restart := strings.Join(e.later, ", "), strings.Join(e.restart, ", ")
	var b strings.Builder
	say := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-24s %s\n", name+":", value)
		}
	}
	switch system {
	case emitIntune:
		say("App type", "Windows app (Win32)")
		say("Install command", e.line)
		say("Install behavior", "System")
		say("Device restart behavior", "Determine behavior based on return codes")
		say("Installation time", fmt.Sprintf("%d minutes", e.minutes))
		say("Return codes, success", strings.Join(e.success, ", "))
		say("Return codes, retry", later)
		say("Return codes, soft reboot", restart)
		say("Detection rule", "custom script with the line "+e.detect+", or the product code of the .msi")
	case emitConfigMgr:
		say("Installation program", e.line)
		say("Installation behavior", "Install for system")
		say("Logon requirement", "Whether or not a user is logged on")
		say("Visibility", "Hidden")
		say("Maximum run time", fmt.Sprintf("%d minutes", max(e.minutes, 15)))
		say("Success", strings.Join(e.success, ", "))
		say("Fast retry", later)
		say("Soft reboot", restart)
		say("Detection method", "script with the line "+e.detect+", or the product code of the .msi")
	case emitPDQ:
		say("Step", "Command")
		say("Command", e.line)
		say("Run as", "Local System")
		say("Success codes", strings.Join(slices.Concat(e.success, e.restart), ","))
		say("Retry", "exit codes "+later+": put off; deploy again on the next heartbeat")
		say("Timeout", fmt.Sprintf("%d minutes", e.minutes))
	case emitGPO:
		say("Where", "Computer Configuration, Preferences, Scheduled Tasks: once an hour, as SYSTEM, highest privileges")
		say("Action", e.line)
		say("Stop the task after", fmt.Sprintf("%d minutes", e.minutes))
		say("Item-level targeting", "where `"+e.detect+"` does not end with 0")
	case emitAnsible:
		fmt.Fprintf(&b, "- name: %s\n  ansible.builtin.command:\n    cmd: %s\n  register: deskbell\n  changed_when: deskbell.rc == 0\n  failed_when: deskbell.rc not in [%s]\n  async: %d\n  poll: 15\n",
			"install, or let people put it off", yamlText(e.line), strings.Join(slices.Concat(e.success, e.restart, e.later), ", "), e.minutes*60)
	}
	return b.String()
}

// yamlText is a text in single quotes, in which only these are doubled.
func yamlText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// emitLine is the line that was given, without --emit.
func (d *deployment) emitLine(windows bool) string {
	quote, program := quotePosix, "deskbell"
	if windows {
		quote, program = quoteWindows, "deskbell.exe"
	}
	words := []string{program}
	args := os.Args[1:]
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--":
			words = append(words, "--")
			if d.tail != "" {
				return strings.Join(append(words, d.tail), " ")
			}
			for _, word := range args[i+1:] {
				words = append(words, quote(word))
			}
			return strings.Join(words, " ")
		case args[i] == "--emit":
			i++ // and its value
		case !strings.HasPrefix(args[i], "--emit="):
			words = append(words, quote(args[i]))
		}
	}
	return strings.Join(words, " ")
}

// quoteWindows quotes a word for programs that read their arguments by the rules of
// CommandLineToArgvW.
func quoteWindows(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n\"") {
		return s
	}
	var b strings.Builder
	slashes := 0
	for _, r := range s {
		if r == '"' {
			b.WriteString(strings.Repeat(`\`, slashes+1))
		}
		if slashes++; r != '\\' {
			slashes = 0
		}
		b.WriteRune(r)
	}
	return `"` + b.String() + strings.Repeat(`\`, slashes) + `"`
}

// quotePosix quotes a word for a POSIX shell.
func quotePosix(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:=,@%+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// logIn is the file for what the installer of a job prints, in a folder: "auto" is
// where the agent of a distribution system collects logs.
func logIn(dir, name string) (string, error) {
	if dir == "auto" {
		var err error
		if dir, err = agentLogs(); err != nil {
			return "", err
		}
	}
	return filepath.Join(dir, "deskbell-"+name+".log"), nil
}

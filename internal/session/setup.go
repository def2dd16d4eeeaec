package session

import (
	"context"
	"fmt"
	"strings"
)

// What SetupRunning may find under way.
const (
	setupWinPE      = "winpe"         // Windows PE, from which Windows is installed
	setupTask       = "task-sequence" // of Configuration Manager or MDT
	setupWindows    = "windows-setup" // installing or upgrading
	setupOOBE       = "oobe"          // first use of the computer, Autopilot's part of it included
	setupEnrolment  = "enrolment"     // the page that holds a person up until his computer is managed
	setupCloudInit  = "cloud-init"
	setupFirstBoot  = "first-boot" // systemd's
	oobeUser        = "defaultuser"
	enrolmentScreen = "wwahost.exe" // which shows that page
	taskManager     = "tsmanager.exe"
)

// SetupRunning returns which set-up of this computer is under way, in which
// nobody is to be asked anything: winpe, task-sequence, windows-setup, oobe,
// enrolment, cloud-init, first-boot; "" when none is. What cannot be read does
// not count, unless the system refuses to list its processes, which is the
// error. It blocks for two seconds at most; a cancelled ctx ends that.
func SetupRunning(ctx context.Context) (string, error) {
	f, err := readFacts(ctx)
	if err != nil {
		return "", fmt.Errorf("look for a set-up that is under way: %w", err)
	}
	return f.running(), nil
}

// facts are what tells that the computer is being set up. Each system knows
// some.
type facts struct {
	winPE         bool // Windows runs from Windows PE
	installing    bool // Windows Setup says that it is at work
	oobe          bool // the first use of Windows is not over
	processes     []program
	people        []Session
	enrolments    []enrolment
	cloudInit     cloudInit
	firstBootFlag bool // systemd's, which it removes when all has started
}

// A program is the name of a running one, in small letters, and its session.
type program struct {
	name    string
	session string
}

// An enrolment is what Windows keeps of the first time that it was managed.
type enrolment struct {
	deviceDone, deviceSkipped bool // the page for the computer
	userSkipped               bool // the page for a person
	usersPending              []string
}

// cloudInit are the files by which cloud-init says how far it is.
type cloudInit struct {
	enabled  bool // by its generator, for this boot
	begun    bool // this boot
	ended    bool // this boot, well or not
	finished bool // once, for this instance
}

// running is the set-up that the facts tell of, the one that is nearest to the
// bare computer first.
func (f facts) running() string {
	switch {
	case f.winPE:
		return setupWinPE
	case f.taskSequence():
		return setupTask
	case f.installing:
		return setupWindows
	case f.oobe || f.oobeUser():
		return setupOOBE
	case f.enrolling():
		return setupEnrolment
	case f.cloudInit.enabled && f.cloudInit.begun && !f.cloudInit.ended && !f.cloudInit.finished:
		return setupCloudInit
	case f.firstBootFlag:
		return setupFirstBoot
	}
	return ""
}

// taskSequence looks in the session of services alone: a user may give a
// program of his any name.
func (f facts) taskSequence() bool {
	for _, p := range f.processes {
		if p.name == taskManager && p.session == "0" {
			return true
		}
	}
	return false
}

// oobeUser reports whether defaultuser0, or another with a number, is logged
// on, as whom Windows shows its first use.
func (f facts) oobeUser() bool {
	for _, s := range f.people {
		name := s.User[strings.LastIndexByte(s.User, '\\')+1:]
		number, ok := strings.CutPrefix(strings.ToLower(name), oobeUser)
		if ok && number != "" && strings.Trim(number, "0123456789") == "" {
			return true
		}
	}
	return false
}

// enrolling reports whether the page is shown that holds up who logs on. What
// Windows keeps may stay unfinished for ever, where that page was closed or
// never wanted: it counts while the program that shows it runs in the session.
func (f facts) enrolling() bool {
	for _, s := range f.people {
		if !f.runs(enrolmentScreen, s.ID) {
			continue
		}
		for _, e := range f.enrolments {
			if !e.deviceDone && !e.deviceSkipped {
				return true
			}
			for _, sid := range e.usersPending {
				if !e.userSkipped && strings.EqualFold(sid, s.UID) {
					return true
				}
			}
		}
	}
	return false
}

func (f facts) runs(name, session string) bool {
	for _, p := range f.processes {
		if p.name == name && p.session == session {
			return true
		}
	}
	return false
}

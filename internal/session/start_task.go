package session

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// taskLimit is after how long the scheduler deletes a task that whoever made it
// did not live to delete.
const taskLimit = 10 * time.Minute

// task is the definition of a task of the scheduler (schema 1.2) as far as it is
// used: to start a program at once as a person who is logged on, without
// elevation.
type task struct {
	XMLName     xml.Name `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
	Version     string   `xml:"version,attr"`
	Description string   `xml:"RegistrationInfo>Description"`
	// A time that is over, and an end: without one nothing is deleted by itself.
	Begin     string    `xml:"Triggers>TimeTrigger>StartBoundary"`
	End       string    `xml:"Triggers>TimeTrigger>EndBoundary"`
	Principal principal `xml:"Principals>Principal"`
	Settings  settings  `xml:"Settings"`
	Actions   actions   `xml:"Actions"`
}

type principal struct {
	ID        string `xml:"id,attr"`
	UserID    string `xml:"UserId"`
	LogonType string
	RunLevel  string
}

type settings struct {
	DisallowStartIfOnBatteries bool
	StopIfGoingOnBatteries     bool
	AllowStartOnDemand         bool
	Hidden                     bool
	DeleteExpiredTaskAfter     string
	ExecutionTimeLimit         string
	Priority                   int
}

type actions struct {
	Context   string `xml:",attr"`
	Command   string `xml:"Exec>Command"`
	Arguments string `xml:"Exec>Arguments"`
	Directory string `xml:"Exec>WorkingDirectory"`
}

// taskXML defines a task that starts a program with these arguments, as one
// line. The error says what the scheduler would make something else of.
func taskXML(sid, command, arguments, dir string, now time.Time) (string, error) {
	for _, text := range []string{command, dir} {
		if strings.Contains(text, "%") {
			return "", fmt.Errorf("the task scheduler would put variables of the person's into %q", text)
		}
	}
	if strings.Count(arguments, "%") > 1 || strings.Contains(arguments, "$(") {
		return "", fmt.Errorf("the task scheduler would put something else into the arguments %q", arguments)
	}
	for _, text := range []string{command, arguments, dir} {
		if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0xfffe || r == 0xffff }) {
			return "", fmt.Errorf("the task scheduler takes no control characters as in %q", text)
		}
	}
	const normal = 5 // priority, as a program that the person starts
	definition, err := xml.Marshal(task{
		Version:     "1.2",
		Description: "Starts Deskbell for somebody who is logged on. It may be deleted.",
		Begin:       now.Add(-time.Hour).UTC().Format(time.RFC3339),
		End:         now.Add(taskLimit).UTC().Format(time.RFC3339),
		Principal:   principal{ID: "User", UserID: sid, LogonType: "InteractiveToken", RunLevel: "LeastPrivilege"},
		Settings: settings{
			AllowStartOnDemand: true, Hidden: true, Priority: normal,
			DeleteExpiredTaskAfter: "PT0S", ExecutionTimeLimit: "PT0S", // at once; never
		},
		Actions: actions{Context: "User", Command: command, Arguments: arguments, Directory: dir},
	})
	return string(definition), err
}

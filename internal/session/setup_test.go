package session

import "testing"

func TestSetupRunning(t *testing.T) {
	ann := []Session{{ID: "2", User: `PC\ann`, UID: "S-1-5-21-1"}}
	page := []program{{"wwahost.exe", "2"}}
	pending := func(more enrolment) []enrolment { return []enrolment{{deviceDone: true}, more} }
	tests := []struct {
		name  string
		facts facts
		want  string
	}{
		{"nothing", facts{}, ""},
		{"a person at work", facts{people: ann, processes: []program{{"explorer.exe", "2"}}}, ""},
		{"Windows PE, with all that it says besides", facts{winPE: true, installing: true, oobe: true}, "winpe"},
		{"a task sequence", facts{processes: []program{{"tsmanager.exe", "0"}}}, "task-sequence"},
		{"a task sequence that installs", facts{installing: true, processes: []program{{"tsmanager.exe", "0"}}}, "task-sequence"},
		{"a user's program of that name", facts{processes: []program{{"tsmanager.exe", "2"}}}, ""},
		{"one of which no session is known", facts{processes: []program{{"tsmanager.exe", ""}}}, ""},
		{"Windows Setup", facts{installing: true}, "windows-setup"},
		{"the first use", facts{oobe: true}, "oobe"},
		{"its user", facts{people: []Session{{User: `PC\defaultuser0`}}}, "oobe"},
		{"its user, of old", facts{people: []Session{{User: `DefaultUser100001`}}}, "oobe"},
		{"a name that begins so", facts{people: []Session{{User: `PC\defaultuserx`}, {User: `PC\defaultuser`}, {User: `PC\1defaultuser0`}}}, ""},
		{"an enrolment without its page", facts{people: ann, enrolments: []enrolment{{}}}, ""},
		{"the page without an enrolment", facts{people: ann, processes: page}, ""},
		{"the computer's page", facts{people: ann, processes: page, enrolments: []enrolment{{}}}, "enrolment"},
		{"which is skipped", facts{people: ann, processes: page, enrolments: []enrolment{{deviceSkipped: true}}}, ""},
		{"the page in another's session", facts{people: ann, processes: []program{{"wwahost.exe", "3"}}, enrolments: []enrolment{{}}}, ""},
		{"the person's page", facts{people: ann, processes: page, enrolments: pending(enrolment{deviceDone: true, usersPending: []string{"s-1-5-21-1"}})}, "enrolment"},
		{"another person's", facts{people: ann, processes: page, enrolments: pending(enrolment{deviceDone: true, usersPending: []string{"S-1-5-21-2"}})}, ""},
		{"skipped for persons", facts{people: ann, processes: page, enrolments: pending(enrolment{deviceDone: true, userSkipped: true, usersPending: []string{"S-1-5-21-1"}})}, ""},
		{"cloud-init", facts{cloudInit: cloudInit{enabled: true, begun: true}}, "cloud-init"},
		{"cloud-init, not for this boot", facts{cloudInit: cloudInit{begun: true}}, ""},
		{"cloud-init that does not begin", facts{cloudInit: cloudInit{enabled: true}}, ""},
		{"cloud-init that failed", facts{cloudInit: cloudInit{enabled: true, begun: true, ended: true}}, ""},
		{"cloud-init, not the first boot", facts{cloudInit: cloudInit{enabled: true, begun: true, finished: true}}, ""},
		{"systemd's first boot", facts{firstBootFlag: true}, "first-boot"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.facts.running(); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

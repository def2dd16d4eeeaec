package session

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

func TestTaskXML(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.FixedZone("", 3600))
	const sid, command, dir = "S-1-5-21-1-2-3-1001", `C:\Program Files\A & B\deskbellw.exe`, `C:\Program Files\A & B`
	const arguments = `monitor --queue "a <b> 'c' & d" ]]> 100%`
	text, err := taskXML(sid, command, arguments, dir, now)
	if err != nil {
		t.Fatal(err)
	}
	var got task
	if err := xml.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if got.Actions != (actions{"User", command, arguments, dir}) {
		t.Errorf("it starts %+v", got.Actions)
	}
	if got.Principal != (principal{"User", sid, "InteractiveToken", "LeastPrivilege"}) {
		t.Errorf("it starts it as %+v", got.Principal)
	}
	if got.Begin != "2026-03-04T03:06:07Z" || got.End != "2026-03-04T04:16:07Z" || got.Settings.DeleteExpiredTaskAfter != "PT0S" {
		t.Errorf("it is there from %s to %s", got.Begin, got.End)
	}
	// The scheduler wants the elements in the order of its schema.
	last := 0
	for _, element := range []string{"<RegistrationInfo>", "<Triggers>", "<Principals>", "<Settings>", "<Actions "} {
		at := strings.Index(text, element)
		if at < last {
			t.Errorf("%s is not where it belongs: %s", element, text)
		}
		last = at
	}
}

func TestTaskThatWouldBeAnother(t *testing.T) {
	for _, test := range [][3]string{
		{`C:\%USERNAME%\x.exe`, "", `C:\`},
		{`C:\x.exe`, "%PATH%", `C:\`},
		{`C:\x.exe`, "$(Arg0)", `C:\`},
		{`C:\x.exe`, "a\x01", `C:\`},
		{`C:\x.exe`, "a\nb", `C:\`},
		{`C:\x.exe`, "", `C:\%TEMP%`},
	} {
		if text, err := taskXML("S-1-5-21-1-2-3-1001", test[0], test[1], test[2], time.Now()); err == nil {
			t.Errorf("%q: %s", test, text)
		}
	}
}

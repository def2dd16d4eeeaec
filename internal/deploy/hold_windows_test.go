package deploy

import (
	"testing"

	"golang.org/x/sys/windows"
)

// What somebody else has made by the name of a job's mutex keeps nobody from it.
func TestHoldOfAnother(t *testing.T) {
	queue, r := open(t)
	name, err := windows.UTF16PtrFromString(`Global\deskbell-deploy-` + queue + `-acme-7`)
	if err != nil {
		t.Fatal(err)
	}
	for what, squat := range map[string]func() (windows.Handle, error){
		"a mutex":       func() (windows.Handle, error) { return windows.CreateMutex(nil, false, name) },
		"another thing": func() (windows.Handle, error) { return windows.CreateEvent(nil, 0, 0, name) },
	} {
		t.Run(what, func(t *testing.T) {
			squatted, err := squat()
			if err != nil {
				t.Fatal(err)
			}
			defer windows.CloseHandle(squatted) //nolint:errcheck // nothing is written to it
			if ours, err := ownedByAdministrators(squatted); err != nil || ours {
				t.Fatalf("it is administrators': %v, %v", ours, err)
			}
			release, err := r.Hold()
			if err != nil {
				t.Fatal(err)
			}
			if err := release(); err != nil {
				t.Error(err)
			}
		})
	}
}

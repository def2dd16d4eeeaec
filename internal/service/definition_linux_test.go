package service

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/internal/file"
	"github.com/deskbell/deskbell/packaging/linux"
)

func TestUnit(t *testing.T) {
	same, err := Definition{Queue: linux.UnitQueue, Program: linux.UnitProgram}.unit()
	if err != nil || same != linux.Unit {
		t.Errorf("the unit of the package is not that of its queue and program: %v\n%s", err, same)
	}
	d := Definition{Queue: "sales", Program: `/opt/50% "desk" bell/$x`}
	unit, err := d.unit()
	if err != nil {
		t.Fatal(err)
	}
	want := `ExecStart="/opt/50%% \"desk\" bell/$$x" service run --installed --queue sales`
	if !strings.Contains(unit, "\n"+want+"\n") || !strings.Contains(unit, "(queue sales)") || strings.Contains(unit, linux.UnitProgram) {
		t.Errorf("the unit is\n%s\nwant %s", unit, want)
	}
	for _, program := range []string{d.Program, "/usr/bin/deskbell", `/a\b"c`, "/a b", "/a%b$c"} {
		if got := firstWord((Definition{Queue: "q", Program: program}).command()); got != program {
			t.Errorf("the program of %q is %q", program, got)
		}
	}
	if d.Name() != "deskbell-sales.service" || d.Place() != "/etc/systemd/system/deskbell-sales.service" {
		t.Errorf("it is %s in %s", d.Name(), d.Place())
	}
	for _, program := range []string{"", "deskbell", "/a\nExecStart=/b"} {
		if _, err := (Definition{Queue: "q", Program: program}).unit(); err == nil {
			t.Errorf("%q is a program", program)
		}
	}
}

func TestReadUnit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deskbell.service")
	if err := file.ReplaceText(path, "old", 0o644); err != nil {
		t.Fatal(err)
	}
	if err := file.ReplaceText(path, "new", 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := readUnit(path); err != nil || text != "new" {
		t.Errorf("it has %q, %v", text, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("it has mode %v, %v", info.Mode(), err)
	}
	mask := filepath.Join(t.TempDir(), "masked.service")
	if err := os.Symlink("/dev/null", mask); err != nil {
		t.Fatal(err)
	}
	if _, err := readUnit(mask); err != errNoFile {
		t.Errorf("a mask is %v", err)
	}
}

func TestJudge(t *testing.T) {
	for _, test := range []struct {
		name       string
		properties string
		there      bool
		want       Status
	}{
		{"nothing", "LoadState=not-found ActiveState=inactive", false, Status{State: Missing}},
		{"runs", "LoadState=loaded ActiveState=active MainPID=7 UnitFileState=enabled StatusText=", true, Status{State: Running, Pid: 7}},
		{"starts", "LoadState=loaded ActiveState=activating MainPID=7 UnitFileState=enabled", true, Status{State: Starting, Pid: 7}},
		{"stopped", "LoadState=loaded ActiveState=inactive MainPID=0 UnitFileState=enabled", true, Status{State: Stopped}},
		{"failed", "LoadState=loaded ActiveState=failed Result=exit-code ExecMainStatus=70 UnitFileState=enabled", true, Status{State: Failed, Said: "exit-code, exit status 70"}},
		{"said why", "LoadState=loaded ActiveState=failed StatusText=broken UnitFileState=enabled", true, Status{State: Failed, Said: "broken"}},
		{"disabled", "LoadState=loaded ActiveState=active MainPID=7 UnitFileState=disabled", true, Status{State: Running, Pid: 7, Different: "it does not start with the computer: it is disabled"}},
		{"not read anew", "LoadState=loaded ActiveState=active UnitFileState=enabled NeedDaemonReload=yes", true, Status{State: Running, Different: "systemd has not read its unit anew"}},
		{"removed under it", "LoadState=loaded ActiveState=active UnitFileState=", false, Status{State: Running, Different: "its unit is not where it is installed"}},
	} {
		p := map[string]string{}
		for field := range strings.FieldsSeq(test.properties) {
			name, value, _ := strings.Cut(field, "=")
			p[name] = value
		}
		got := Status{State: Missing}
		got.judge(p, test.there)
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

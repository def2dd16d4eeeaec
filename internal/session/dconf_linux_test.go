package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/godbus/dbus/v5"
)

const showBanners = "/org/gnome/desktop/notifications/show-banners"

// The files are as dconf 0.40 wrote them.
func readTestdata(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "dconf", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestDconf(t *testing.T) {
	quiet, loud := dconf(readTestdata(t, "quiet")), dconf(readTestdata(t, "loud"))
	if !quiet.off(showBanners) {
		t.Error("what is off is not seen")
	}
	if loud.off(showBanners) {
		t.Error("what is on is off")
	}
	for _, name := range []string{"", "/", "show-banners", "/org/gnome/desktop/notifications/", "/org/gnome/desktop/interface/clock-format", showBanners + "/", "x" + showBanners} {
		if quiet.off(name) {
			t.Errorf("%q is off", name)
		}
	}
	if dconf(nil).off(showBanners) {
		t.Error("it is off where there is nothing")
	}
}

// Whatever is in the file, it is read to the end.
func FuzzDconf(f *testing.F) {
	for _, name := range []string{"quiet", "loud"} {
		data, err := os.ReadFile(filepath.Join("testdata", "dconf", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) { dconf(data).off(showBanners) })
}

// The person tells GNOME not to disturb him, and that he may be disturbed.
func TestQuietGnomeIsBusy(t *testing.T) {
	b := newBus(t)
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", b.address)
	t.Setenv("DISPLAY", "")
	file := filepath.Join(config, "dconf", "user")
	if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	writer := b.connect("ca.desrt.dconf")
	set := func(name string) {
		t.Helper()
		if err := os.WriteFile(file+".new", readTestdata(t, name), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
		if err := writer.Emit(dconfWriterPath, dconfWriter+".Notify", showBanners, []string{""}, "tag"); err != nil {
			t.Fatal(err)
		}
	}
	set("quiet")
	if yes, err := Busy(); yes || err != nil {
		t.Errorf("without GNOME Busy() = %v, %v", yes, err)
	}
	states, err := Watch(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	if got := next(t, states); got != (State{}) {
		t.Errorf("without GNOME %+v", got)
	}
	shell := b.connect(gnomeShell)
	if got := next(t, states); got != (State{Busy: true}) {
		t.Errorf("with GNOME, quiet: %+v", got)
	}
	set("loud")
	if got := next(t, states); got != (State{}) {
		t.Errorf("loud: %+v", got)
	}
	set("quiet")
	if got := next(t, states); got != (State{Busy: true}) {
		t.Errorf("quiet again: %+v", got)
	}
	if reply, err := shell.ReleaseName(gnomeShell); err != nil || reply != dbus.ReleaseNameReplyReleased {
		t.Fatal(reply, err)
	}
	if got := next(t, states); got != (State{}) {
		t.Errorf("when GNOME has gone: %+v", got)
	}
}

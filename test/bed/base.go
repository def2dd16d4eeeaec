//go:build linux

package bed

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// recipe is this file: whatever changes in it, the base prefix is made anew.
//
//go:embed base.go
var recipe string

// bcryptprimitives is what Go's library asks for its random numbers, and what
// Wine 8 does not have.
const bcryptprimitives = `#include <windows.h>
BOOLEAN NTAPI SystemFunction036(PVOID, ULONG);
__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE p, SIZE_T n) { return SystemFunction036(p, (ULONG)n); }
`

// desktop is a program that is on the desktop as long as Wine runs, as somebody's
// shell is in Windows. Where nobody is, Wine makes the desktop when a program
// first needs it, in a process that inherits what that one has open, and ends
// it a second after the last has left it, perhaps while the next one comes. It
// returns once another of its kind is there to stay.
const desktop = `#include <windows.h>
int main(int argc, char **argv) {
	STARTUPINFOA how = { sizeof how };
	PROCESS_INFORMATION other;
	MSG message;
	if (argc > 1) {
		if (!CreateWindowA("STATIC", "", 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL)) return 1;
		while (GetMessageA(&message, NULL, 0, 0) > 0) DispatchMessageA(&message);
		return 0;
	}
	if (!CreateProcessA(NULL, "C:\\windows\\desktop.exe stay", NULL, NULL, FALSE, DETACHED_PROCESS, NULL, NULL, &how, &other)) return 2;
	return WaitForInputIdle(other.hProcess, 60000) ? 3 : 0;
}
`

// base runs do with the path of the prepared prefix, which is made when there
// is none of this recipe and this Wine, and which nobody replaces meanwhile.
func base(do func(prefix string) error) error {
	version, err := exec.Command("wine", "--version").Output()
	if err != nil {
		return fmt.Errorf("wine --version: %w", err)
	}
	home := Build(".wine")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	lock := filepath.Join(home, "lock")
	prefix := filepath.Join(home, fmt.Sprintf("%x", sha256.Sum256([]byte(recipe+string(version))))[:16])
	for range 3 {
		var made bool
		err := locked(lock, syscall.LOCK_SH, func() error {
			if _, err := os.Stat(prefix); err != nil {
				return nil // not there: made below
			}
			made = true
			return do(prefix)
		})
		if made || err != nil {
			return err
		}
		if err := locked(lock, syscall.LOCK_EX, func() error { return makeBase(home, prefix) }); err != nil {
			return fmt.Errorf("make Wine prefix: %w", err)
		}
	}
	return fmt.Errorf("the Wine prefix %s is removed again and again", prefix)
}

// makeBase makes the prefix and removes those of older recipes.
func makeBase(home, prefix string) error {
	if _, err := os.Stat(prefix); err == nil {
		return nil // made by another while we waited for the lock
	}
	old, err := filepath.Glob(filepath.Join(home, "????????????????"))
	if err != nil {
		return err
	}
	unfinished, err := filepath.Glob(filepath.Join(home, "making-*"))
	if err != nil {
		return err
	}
	for _, dir := range append(old, unfinished...) {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(home, "making-")
	if err != nil {
		return err
	}
	env := wineEnv(dir)
	source, shell := filepath.Join(dir, "bcryptprimitives.c"), filepath.Join(dir, "desktop.c")
	for file, code := range map[string]string{source: bcryptprimitives, shell: desktop} {
		if err := os.WriteFile(file, []byte(code), 0o644); err != nil {
			return err
		}
	}
	for _, line := range []string{
		"wine wineboot -i", // leaves Windows 7 behind
		"x86_64-w64-mingw32-gcc -shared -Os -s -o " + dir + "/drive_c/windows/system32/bcryptprimitives.dll " + source + " -ladvapi32",
		"x86_64-w64-mingw32-gcc -mwindows -Os -s -o " + dir + "/drive_c/windows/desktop.exe " + shell,
		"wine winecfg -v win10",
		"wineserver -k",
		"wineserver -w", // the registry is on disk only now
	} {
		if err := runQuietly(env, strings.Fields(line)...); err != nil {
			return err
		}
	}
	return os.Rename(dir, prefix)
}

// runQuietly runs a program of Wine's. It gets files, not pipes: the servers
// that it starts keep them open long after it has ended.
func runQuietly(env []string, args ...string) error {
	said, err := os.CreateTemp("", "deskbell-wine-")
	if err != nil {
		return err
	}
	defer os.Remove(said.Name())
	defer said.Close()
	cmd := wineCommand(args...)
	cmd.Env = env
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return nil
}

// wineEnv is the environment of a prefix, with none of Wine's own chatter and menu
// entries.
func wineEnv(prefix string) []string {
	return append(withoutWine(), "HOME="+prefix, "WINEPREFIX="+prefix, "WINEARCH=win64", "WINEDEBUG=-all",
		"WINEDLLOVERRIDES=mscoree,mshtml,winemenubuilder.exe=")
}

// withoutWine is our environment with no display, no home of the user's, and
// nothing that Wine reads.
func withoutWine() []string {
	var env []string
	for _, v := range os.Environ() {
		switch name, _, _ := strings.Cut(v, "="); {
		case name == "HOME", name == "DISPLAY", name == "WAYLAND_DISPLAY", strings.HasPrefix(name, "XDG_"), strings.HasPrefix(name, "WINE"):
		default:
			env = append(env, v)
		}
	}
	return env
}

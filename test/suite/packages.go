//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// packages are the Debian packages that the tests need, the only list of them.
var packages = []string{
	"gcc", "libc6-dev", // the race detector
	"wine", "wine64", "gcc-mingw-w64-x86-64", // Windows, and one function that Wine 8 lacks
	"xvfb", "openbox", "xdotool", "x11-utils", "imagemagick", // a display, hands and eyes
	"libgtk-3-0", "libgtk-4-1", "zenity", // windows on Linux
	"adwaita-icon-theme", "fonts-dejavu-core", "fonts-noto-core", "fonts-noto-color-emoji",
	"dbus", "dunst", // notifications
	"procps",                          // pgrep, pkill
	"jq", "perl", "python3", "nodejs", // senders in other languages
	"wixl",                                                             // packages of Windows Installer
	"libglib2.0-bin",                                                   // gio, which starts programs as a desktop does
	"systemd", "libpam-systemd", "dbus-user-session", "xauth", "xterm", // users, their sessions and desks
}

// install installs the packages that are missing, as root; else it says which
// ones are.
func install(ctx context.Context) error {
	missing, err := missingPackages(ctx)
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		return nil
	}
	if os.Getuid() != 0 {
		return fmt.Errorf("not installed, and only root can: %s", strings.Join(missing, " "))
	}
	fmt.Println("installing", strings.Join(missing, " "))
	if err := apt(ctx, "update"); err != nil {
		return err
	}
	return apt(ctx, append([]string{"install", "-y", "--no-install-recommends"}, missing...)...)
}

func missingPackages(ctx context.Context) ([]string, error) {
	var missing []string
	for _, p := range packages {
		out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${db:Status-Status}", p).Output()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			return nil, fmt.Errorf("look for package %s: %w", p, err)
		}
		if string(out) != "installed" {
			missing = append(missing, p)
		}
	}
	return missing, nil
}

func apt(ctx context.Context, args ...string) error {
	// Another installation on this machine, or a second run of these tests,
	// is waited for.
	args = append([]string{"-q", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Use-Pty=0"}, args...)
	cmd := exec.CommandContext(ctx, "apt-get", args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("apt-get: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("apt-get: %w", err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "Setting up ") || strings.HasPrefix(line, "Need to get ") {
			fmt.Println(" ", line)
		} else {
			fmt.Fprintln(&said, line)
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("apt-get %s: %w\n%s", args[len(args)-1], err, said.Bytes())
	}
	return nil
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// virtualScreen starts an X server without a screen, on which xdotool answers.
func virtualScreen(context.Context) (stage, error) {
	s := stage{name: "a virtual screen (Xvfb), where xdotool presses a key", ui: "auto"}
	for _, program := range []string{"Xvfb", "xdotool"} {
		if _, err := exec.LookPath(program); err != nil {
			return s, &stageError{"there is no " + program}
		}
	}
	said, says, err := os.Pipe()
	if err != nil {
		return s, err
	}
	defer said.Close()
	server := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x800x24", "-noreset", "-nolisten", "tcp")
	server.ExtraFiles = []*os.File{says}
	err = server.Start()
	says.Close()
	if err != nil {
		return s, err
	}
	end := func() error {
		if err := server.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return err
		}
		return ignoreExit(server.Wait())
	}
	number, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return s, errors.Join(fmt.Errorf("start Xvfb: %w", err), end())
	}
	display := "DISPLAY=:" + strings.TrimSpace(number)
	s.env = []string{display, "WAYLAND_DISPLAY=", "GDK_BACKEND=x11"}
	s.answer = func(ctx context.Context) { pressReturn(ctx, display) }
	s.close = end
	return s, nil
}

// pressReturn looks for the window, gives it the keyboard and presses Return,
// again and again: a window takes no key in its first half second.
func pressReturn(ctx context.Context, display string) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		press := exec.CommandContext(ctx, "xdotool", "search", "--onlyvisible", "--name", "^"+demoTitle+"$",
			"windowfocus", "key", "--clearmodifiers", "Return")
		press.Env = append(os.Environ(), display)
		if err := press.Run(); err != nil {
			continue // it is not there yet, or not any more
		}
	}
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// removeQueue has nothing to do: the queue was in the demo's own directory.
func removeQueue(string) error { return nil }

package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/protocol"
)

// version is what the linker was told (-X main.version=…).
var version string

// versionName is that version, else what the Go toolchain recorded.
func versionName() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}

func (c *call) version() *cobra.Command {
	command := &cobra.Command{Use: "version", Short: "Print the version", Args: cobra.ArbitraryArgs}
	c.answerFlags(command.Flags())
	command.RunE = func(_ *cobra.Command, args []string) error {
		if err := noMore(nil, args); err != nil {
			return err
		}
		platform := runtime.GOOS + "/" + runtime.GOARCH
		if c.json {
			return c.writeJSON(map[string]any{
				"schema": schema, "outcome": done, "exit": 0, "version": versionName(),
				"protocol": protocol.Version, "go": runtime.Version(), "platform": platform,
			})
		}
		return c.write(fmt.Sprintf("deskbell %s (protocol %d, %s, %s)\n", versionName(), protocol.Version, runtime.Version(), platform))
	}
	return command
}

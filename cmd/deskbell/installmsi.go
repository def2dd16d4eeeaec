package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/deskbell/deskbell/internal/msi"
)

// installMSI is the name of a command for ourselves: it installs a package of
// Windows Installer and prints, in zenity's protocol, how far that is.
const installMSI = "install-msi"

func (c *call) installMSI() *cobra.Command {
	command := &cobra.Command{Use: installMSI + " FILE PROPERTIES", Hidden: true, Args: cobra.ExactArgs(2)}
	var log string
	command.Flags().StringVar(&log, "log", "", "file for what Windows Installer logs")
	command.RunE = func(_ *cobra.Command, args []string) error {
		shown, reached := "", msi.Unknown // line and percentage
		status, err := msi.Install(msi.Package{File: args[0], Properties: args[1], Log: log}, msi.Teller{
			Progress: func(percent int, line string) {
				// That nobody reads it is no reason to end an installation.
				if line != shown {
					shown = line
					fmt.Fprintf(c.stdout, "# %s\n", line)
				}
				if percent >= 0 && percent != reached {
					reached = percent
					fmt.Fprintln(c.stdout, percent)
				}
			},
			Failed: func(text string) { fmt.Fprintf(c.stderr, "Windows Installer: %s\n", text) },
		})
		c.exit = status
		return err
	}
	return command
}

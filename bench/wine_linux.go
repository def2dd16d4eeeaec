package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/deskbell/deskbell/test/bed"
)

// inWine has the Windows build of this program measure a row, in a Wine of its
// own.
func inWine(row string) func(context.Context, bench) error {
	return func(ctx context.Context, b bench) error {
		return onStage(func(s *stage) error {
			program, err := build(ctx, s, "windows", "./bench", "bench.exe")
			if err != nil {
				return err
			}
			wine, err := bed.BootWine("", nil)
			if err != nil {
				return err
			}
			s.Cleanup(func() {
				if err := wine.Close(); err != nil {
					s.Error(err)
				}
			})
			cmd := wine.Command(program, "-build", b.build, "-rounds", strconv.Itoa(b.rounds), row)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("in Wine: %w", err)
			}
			return nil
		})
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

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
			cmd := wine.Command(program, "-json", "-build", b.build, "-rounds", strconv.Itoa(b.rounds), row)
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				return fmt.Errorf("in Wine: %w", err)
			}
			for lines := json.NewDecoder(strings.NewReader(string(out))); ; {
				var g figure
				err := lines.Decode(&g)
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err == nil {
					err = b.tellAt(g.Name, g.At, g.Value, g.Unit)
				}
				if err != nil {
					return fmt.Errorf("in Wine: %w", err)
				}
			}
		})
	}
}

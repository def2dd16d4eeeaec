package main

import (
	"fmt"
	"os"
	"strings"
)

// write puts the figures into the page, each row between its marks, and the plot
// beside it. Rows that were not measured stay as they are, and so does the plot
// where one of its own was not.
func write(page string, runs int, all []*spread) error {
	content, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text := string(content)
	of := map[string][]*spread{}
	for _, s := range all {
		of[s.Row] = append(of[s.Row], s)
	}
	for row, measured := range of {
		if text, err = between(text, row, table(runs, measured)); err != nil {
			return fmt.Errorf("write %s: %w", page, err)
		}
	}
	if err := os.WriteFile(page, []byte(text), 0o644); err != nil {
		return err
	}
	for row := range costOf {
		if of[row] == nil {
			return nil // the plot would lose what it shows of that
		}
	}
	return os.WriteFile(strings.TrimSuffix(page, ".md")+".svg", plot(all), 0o644)
}

// between replaces what is between the marks of a row.
func between(text, row, with string) (string, error) {
	begin, end := "<!-- bench "+row+" -->\n", "<!-- end "+row+" -->\n"
	before, rest, found := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		return "", fmt.Errorf("it has no place for row %s", row)
	}
	return before + begin + with + end + after, nil
}

// table is a row's figures in Markdown.
func table(runs int, measured []*spread) string {
	var t strings.Builder
	fmt.Fprintf(&t, "| | | median | least and most of %d |\n|---|---|--:|--:|\n", runs)
	system := ""
	for _, s := range measured {
		shown := ""
		if s.System != system {
			system, shown = s.System, s.System
		}
		fmt.Fprintf(&t, "| %s | %s | %s | %s |\n", shown, s.label(), written(s.median(), s.Unit), s.span())
	}
	return t.String()
}

package indexer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

type record struct {
	Title    string   `json:"title"`
	Keywords []string `json:"keywords"`
}

// Load reads items, one JSON object a line, and indexes their titles together with their keywords.
func Load(from io.Reader) (*Index, error) {
	var titles []string
	lines := bufio.NewScanner(from)
	for number := 1; lines.Scan(); number++ {
		title, err := parse(lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		titles = append(titles, title)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return NewIndex(titles), nil
}

// parse turns one line into the text that is indexed.
func parse(line []byte) (string, error) {
	var found record
	if err := json.Unmarshal(line, &found); err != nil {
		return "", err
	}
	text := found.Title
	for _, keyword := range found.Keywords {
		text += " " + keyword
	}
	return text, nil
}

package indexer

import (
	"strings"
	"unicode"
)

var stopWords = map[string]bool{"a": true, "an": true, "and": true, "of": true, "the": true}

// Words cuts a text into lower-case words, without punctuation and stop words.
func Words(text string) []string {
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	found := fields[:0]
	for _, word := range fields {
		if !stopWords[word] {
			found = append(found, Stem(word))
		}
	}
	return found
}

// Stem takes the plural ending off an English word.
func Stem(word string) string {
	switch {
	case strings.HasSuffix(word, "ies") && len(word) > 4:
		return word[:len(word)-3] + "y"
	case strings.HasSuffix(word, "ss"):
		return word
	case strings.HasSuffix(word, "s") && len(word) > 3:
		return word[:len(word)-1]
	}
	return word
}

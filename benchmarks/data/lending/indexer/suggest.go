package indexer

import "sort"

// Distance is how many letters have to be changed, added or left out to turn one word into another.
func Distance(one string, other string) int {
	row := make([]int, len(other)+1)
	for column := range row {
		row[column] = column
	}
	for line := 1; line <= len(one); line++ {
		corner := row[0]
		row[0] = line
		for column := 1; column <= len(other); column++ {
			above := row[column]
			cost := 1
			if one[line-1] == other[column-1] {
				cost = 0
			}
			row[column] = least(above+1, row[column-1]+1, corner+cost)
			corner = above
		}
	}
	return row[len(other)]
}

func least(values ...int) int {
	found := values[0]
	for _, value := range values[1:] {
		if value < found {
			found = value
		}
	}
	return found
}

// Suggest names the words of the index that a mistyped word may have meant, the nearest first.
func (index *Index) Suggest(word string, most int) []string {
	type candidate struct {
		word     string
		distance int
	}
	var found []candidate
	for _, stem := range Words(word) {
		for known := range index.postings {
			if distance := Distance(stem, known); distance <= 2 {
				found = append(found, candidate{known, distance})
			}
		}
	}
	sort.Slice(found, func(i, j int) bool {
		return found[i].distance < found[j].distance || found[i].distance == found[j].distance && found[i].word < found[j].word
	})
	var words []string
	for _, one := range found {
		if len(words) < most {
			words = append(words, one.word)
		}
	}
	return words
}

package indexer

import (
	"math"
	"sort"
)

// Index finds titles by their words.
type Index struct {
	postings map[string]map[int]int
	lengths  []int
	titles   []string
}

// Hit is a title with how well it fits.
type Hit struct {
	Title string
	Score float64
}

// NewIndex makes an index of titles.
func NewIndex(titles []string) *Index {
	index := &Index{postings: map[string]map[int]int{}, titles: titles}
	for number, title := range titles {
		words := Words(title)
		index.lengths = append(index.lengths, len(words))
		for _, word := range words {
			index.add(word, number)
		}
	}
	return index
}

// add counts one occurrence of a word in a title.
func (index *Index) add(word string, number int) {
	if index.postings[word] == nil {
		index.postings[word] = map[int]int{}
	}
	index.postings[word][number]++
}

// weight is how telling a word is: the rarer among the titles, the more.
func (index *Index) weight(word string) float64 {
	found := float64(len(index.postings[word]))
	return math.Log(1 + (float64(len(index.titles))-found+0.5)/(found+0.5))
}

// Search ranks the titles that share a word with the question, best first, at most so many.
func (index *Index) Search(question string, most int) []Hit {
	scores := map[int]float64{}
	for _, word := range Words(question) {
		for number, count := range index.postings[word] {
			scores[number] += index.weight(word) * saturation(count, index.lengths[number])
		}
	}
	hits := make([]Hit, 0, len(scores))
	for number, score := range scores {
		hits = append(hits, Hit{index.titles[number], score})
	}
	sort.Slice(hits, func(i, j int) bool {
		if hits[i].Score != hits[j].Score {
			return hits[i].Score > hits[j].Score
		}
		return hits[i].Title < hits[j].Title
	})
	if len(hits) > most {
		hits = hits[:most]
	}
	return hits
}

// saturation lets a word that is repeated count for more, but ever less so, and less in a long title.
func saturation(count int, length int) float64 {
	return float64(count) / (float64(count) + 0.5 + float64(length)/10)
}

// Package sample shows what the grammar offers.
package sample

import (
	"errors"
	"fmt"
)

const (
	first = iota
	second
)

var ErrEmpty = errors.New("empty é")

var table = map[string]int{
	"one": 1,
	"two": 2,
}

// Reader reads.
type Reader interface {
	// Read one.
	Read(path string) (string, error)
	Close() error
}

type Shape struct {
	Name  string `json:"name"`
	sides int
	inner struct {
		depth int
		width int
	}
}

type (
	ID   int
	Pair [2]ID
)

// Add adds up.
//
// It has a long comment.
func Add(items []int, limit int) (total int, err error) {
	if len(items) == 0 {
		return 0, fmt.Errorf(
			"nothing to add: %w", ErrEmpty)
	}
	defer func() {
		total++
		total--
		err = nil
	}()
outer:
	for index, item := range items {
		// about the condition
		if item > limit {
			total += limit
			continue outer
		} else if item < 0 {
			total -= item
			index++
		} else {
			total += item
		}
	}
	switch {
	case total > 100:
		total = 100
		total--

	case total > 50:
		// only a comment
		fallthrough
	default:
		total++
	}
	if n, ok := table["one"]; ok {
		total += n
		total++
		total--
	}
	return total, nil
	// after the last statement
}

func (s *Shape) Area() float64 {
	var kind interface{} = s
	switch value := kind.(type) {
	case *Shape:
		fmt.Println(value)
		return 1
	case nil:
	}
	channel := make(chan int)
	select {
	case got := <-channel:
		fmt.Println(got)
		fmt.Println(got + 1)
	default:
		close(channel)
	}
	go func(n int) {
		channel <- n
		channel <- n + 1
		close(channel)
	}(1)
	return float64(s.sides)
}

func (s Shape) String() string { return s.Name }

func Map[T, U any](items []T, apply func(T) U) []U {
	result := make([]U, 0, len(items))
	for _, item := range items {
		result = append(result, apply(item))
		_ = item
	}
	{
		count := len(result)
		fmt.Println(count)
		fmt.Println(count)
	}
	return result
}

func (p *Stack[T]) Push(value T) {
	p.items = append(p.items, value)
	p.count++
	p.last = value
}

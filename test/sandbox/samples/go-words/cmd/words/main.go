package main

import (
	"os"

	"example.org/words"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		os.Stdout.WriteString("words 1.0.0\n")
		return
	}
	for _, text := range os.Args[1:] {
		println(words.Count(text))
	}
}

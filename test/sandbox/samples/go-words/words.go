// Package words counts words.
package words

// Count returns the number of words in a text.
func Count(text string) int {
	count := 0
	inWord := false
	for _, char := range text {
		isSpace := char == ' ' || char == '\n'
		if !isSpace && !inWord {
			count++
		}
		inWord = !isSpace
	}
	return count
}

package words

import "testing"

func TestCount(t *testing.T) {
	if count := Count("two  words"); count != 2 {
		t.Fatalf("counted %d words", count)
	}
}

#include "words.h"

int main(void) { return count_words("two  words") == 2 ? 0 : 1; }

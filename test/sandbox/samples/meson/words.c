#include "words.h"

int count_words(const char *text) {
  int count = 0, in_word = 0;
  for (; *text; text++) {
    int is_space = *text == ' ' || *text == '\n';
    count += !is_space && !in_word;
    in_word = !is_space;
  }
  return count;
}

/* Returns the number of words in a text. */
int count_words(const char *text);

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--version") == 0) puts("program 1.0");
  const char *data = getenv("XDG_DATA_DIRS");
  if (argc > 1 && strcmp(argv[1], "--data") == 0 && data != NULL) puts(data);
  return 0;
}

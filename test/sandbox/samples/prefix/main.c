#include <stdio.h>
#include "prefix.h"

const char *part(void);

int main(void) {
  printf("%s %s %s\n", PREFIX, GENERATED, part());
  return 0;
}

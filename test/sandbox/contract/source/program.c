#include <stdio.h>
#include "program.h"

int main(void) {
  puts(GREETING);
  return 0;
}

#include "prefix.h"

const char *part(void) { return PREFIX "/share/part:" GENERATED; }

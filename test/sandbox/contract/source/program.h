#define GREETING "unpatched"

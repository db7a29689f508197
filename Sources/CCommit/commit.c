#include "CCommit.h"

const char *sextant_commit(void) { return SEXTANT_COMMIT; }

#pragma once

/// The commit that this build was made of, with "-dirty" behind it where files were changed; "unknown" where nobody said it.
const char *sextant_commit(void);

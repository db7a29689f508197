#pragma once
// LAPACKE pulls in complex.h, whose macro `I` collides with Swift generics; plain structs avoid it.
#define LAPACK_COMPLEX_STRUCTURE
#include <cblas.h>
#include <lapacke.h>

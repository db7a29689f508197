#pragma once
#include "block_formats.h"
#include "decoder.h"
#include "kernels.h"
#include "local_spectra.h"
#include "local_systems.h"
#include "neighbours.h"
#include "products.h"

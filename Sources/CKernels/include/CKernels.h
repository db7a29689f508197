#pragma once
#include "block_formats.h"
#include "decoder.h"
#include "kernels.h"
#include "neighbours.h"

// The control of lots_as_integer.cpp: the same without the mistake.
#include "model/instrument.hpp"

std::int64_t size(keel::Lots qty) { return qty.value(); }

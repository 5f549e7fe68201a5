// The control of lots_times_double.cpp: the same without the mistake.
#include "model/instrument.hpp"

keel::Lots half(keel::Lots qty) { return qty / 2; }

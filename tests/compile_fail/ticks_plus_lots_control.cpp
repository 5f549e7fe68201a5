// The control of ticks_plus_lots.cpp: the same without the mistake.
#include "model/instrument.hpp"

keel::Lots sum(keel::Lots more, keel::Lots qty) { return more + qty; }

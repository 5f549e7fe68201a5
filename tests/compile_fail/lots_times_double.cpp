// must not compile: deleted
#include "model/instrument.hpp"

keel::Lots half(keel::Lots qty) { return qty * 0.5; }

// must not compile: no match for .operator\+.|invalid operands to binary expression
#include "model/instrument.hpp"

keel::Lots sum(keel::Ticks px, keel::Lots qty) { return px + qty; }

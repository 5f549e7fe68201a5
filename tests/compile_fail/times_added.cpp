// must not compile: no match for .operator\+.|invalid operands to binary expression
#include "base/time.hpp"

keel::Timestamp later(keel::Timestamp a, keel::Timestamp b) { return a + b; }

// must not compile: could not convert|no known conversion|no viable conversion|no matching function
#include "model/instrument.hpp"

// The only door to money takes its price first.
keel::Money value(keel::Ticks px, keel::Lots qty, const keel::Instrument& i) {
    return keel::notional(qty, px, i);
}

// The control of price_and_quantity_swapped.cpp: the same without the mistake.
#include "model/instrument.hpp"

// The only door to money takes its price first.
keel::Money value(keel::Ticks px, keel::Lots qty, const keel::Instrument& i) {
    return keel::notional(px, qty, i);
}

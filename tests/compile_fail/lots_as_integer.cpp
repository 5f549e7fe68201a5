// must not compile: cannot convert|no viable conversion
#include "model/instrument.hpp"

std::int64_t size(keel::Lots qty) { return qty; }

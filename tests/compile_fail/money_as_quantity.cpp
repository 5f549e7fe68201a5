// must not compile: could not convert|no known conversion|no viable conversion
#include "model/instrument.hpp"

// A bot once closed 143 coins where it held 130: the number was dollars (P3).
keel::Lots close(keel::Lots qty);
keel::Lots all(keel::Money held) { return close(held); }

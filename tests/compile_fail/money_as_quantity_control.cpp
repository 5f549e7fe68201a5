// The control of money_as_quantity.cpp: the same without the mistake.
#include "model/instrument.hpp"

// A bot once closed 143 coins where it held 130: the number was dollars (P3).
keel::Lots close(keel::Lots qty);
keel::Lots all(keel::Lots held) { return close(held); }

// The control of integer_as_lots.cpp: the same without the mistake.
#include "model/instrument.hpp"

keel::Lots size() { return keel::Lots{5}; }

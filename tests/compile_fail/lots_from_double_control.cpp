// The control of lots_from_double.cpp: the same without the mistake.
#include "model/instrument.hpp"

const keel::Lots size{5};

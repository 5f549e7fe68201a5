// must not compile: deleted function|deleted constructor
#include "model/instrument.hpp"

const keel::Lots size{0.5};

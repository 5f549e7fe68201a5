// must not compile: deleted
#include "model/instrument.hpp"

keel::Lots size() { return 0.5; }

// must not compile: could not convert|no known conversion|no viable conversion
#include "model/instrument.hpp"

keel::Lots size() { return 5; }

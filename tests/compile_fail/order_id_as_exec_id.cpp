// must not compile: could not convert|no known conversion|no viable conversion
#include "model/types.hpp"

void book(keel::ExecID id);
void fill(keel::OrderID id) { book(id); }

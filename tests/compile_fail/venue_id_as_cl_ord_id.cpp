// must not compile: could not convert|no known conversion|no viable conversion
#include "model/types.hpp"

void cancel(keel::ClOrdID id);
void drop(keel::OrderID id) { cancel(id); }

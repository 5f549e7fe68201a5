// The control of venue_id_as_cl_ord_id.cpp: the same without the mistake.
#include "model/types.hpp"

void cancel(keel::ClOrdID id);
void drop(keel::ClOrdID id) { cancel(id); }

// The control of order_id_as_exec_id.cpp: the same without the mistake.
#include "model/types.hpp"

void book(keel::ExecID id);
void fill(keel::ExecID id) { book(id); }

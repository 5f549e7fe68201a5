#pragma once

#include "base/time.hpp"
#include "core/guard.hpp"

namespace keel::core {

// Whether a request that the engine has decided may still leave the process, asked just before it
// is written: the process may have slept in between, and may have lost its lease to another
// meanwhile. `valid_until`: its own; none: it has none, as what only asks. `lease_until`: the end
// of the lease under which it was decided, as this process knows it. Both by our clock. What may
// not leave never does: the engine hears no answer, and finds out as of any other request without
// one.
[[nodiscard]] constexpr bool may_leave(const Sabotage& sabotage, Timestamp valid_until,
                                       Timestamp lease_until, Timestamp now) {
    if (sabotage.leaves_late) return true;
    return now < lease_until && (valid_until == Timestamp{} || now < valid_until);
}

} // namespace keel::core

#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "model/types.hpp"

namespace keel::app {

// "1-2-17": desk, epoch, counter. What people read, and what `keel why` takes.
[[nodiscard]] std::string order_text(ClOrdID id);

// "1-2-17", "1/2/17" as the auditor says it, or the packed number as records and venues carry it.
[[nodiscard]] Result<ClOrdID> parse_order(std::string_view text);

} // namespace keel::app

#pragma once

#include <vector>

#include "app/problems.hpp"
#include "app/references.hpp"
#include "app/table.hpp"
#include "base/error.hpp"
#include "sim/venue.hpp"
#include "strategy/config.hpp"

namespace keel::app {

// A desk and the venues that it trades on: what a run and a scenario have in common.
struct DeskSetup {
    strategy::DeskConfig desk;
    std::vector<sim::VenueConfig> venues;
};

// Decimals become counts; what is no whole number of them is a problem. Values that are not good
// have been complained about and become zero, so the result serves only if there is no problem.
[[nodiscard]] DeskSetup build_desk_setup(const Table& root, const References& refs,
                                         Problems& problems);

// What the engine asks of a desk beyond all that; our checks should have said it better. The venues
// then trade what the desk trades, derived values included.
[[nodiscard]] Result<void> complete(DeskSetup& setup);

// What that said, as any other problem of a file: "quoter election: slack must be ..." stands at
// the slack of that quoter. What names no strategy stands at the file.
[[nodiscard]] std::vector<std::string> refused_texts(const Error& error, const Table& root,
                                                     std::string_view file);

} // namespace keel::app

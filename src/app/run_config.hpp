#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/desk_setup.hpp"
#include "app/problems.hpp"
#include "app/references.hpp"
#include "app/signal_setup.hpp"
#include "app/table.hpp"
#include "sim/faults.hpp"
#include "sim/market/basis.hpp"
#include "world/binary_map.hpp"
#include "world/outside_plan.hpp"

namespace keel::app {

struct MarketFile {
    std::string path;
    std::string symbol; // empty: the file names its own
    Place place;        // where the config names it
};

// What a config file says, in the terms of those who need it: exact, whole, and checked.
struct RunConfig : DeskSetup {
    std::vector<sim::BasisKnobs> basis_knobs; // by venue
    std::vector<std::string> bases;           // by instrument: the base currency
    std::vector<world::BinaryTerms> binaries; // by instrument; its open_e8 is not known here
    std::vector<std::string> streams;         // by instrument: the symbol that drives it
    std::vector<Place> stream_places;         // where the file says so
    std::vector<MarketFile> market_files;
    std::vector<Place> order_qty_places; // by strategy
    std::vector<SignalConfig> signals;
    sim::FaultProfile faults;
    std::vector<world::OutsideRates> outside; // by instrument
    std::uint64_t seed = 1;
    Duration duration{};
    Duration settle_max{};
};

// Serves only if there is no problem, as build_desk_setup() does. Relative paths start at `folder`,
// those of the market at their own.
[[nodiscard]] RunConfig build_run_config(const Table& root, const References& refs,
                                         std::string_view folder, std::string_view market_folder,
                                         Problems& problems);

// What each knob allows alone may still not fit together. Needs no problem-free table.
void cross_check(const Table& root, const References& refs, Problems& problems);

// "FILE" or "FILE:SYMBOL"; a symbol is capital letters and digits. A relative path starts at
// `folder` (empty: where the process stands).
[[nodiscard]] MarketFile parse_market_file(std::string_view text, std::string_view folder);

} // namespace keel::app

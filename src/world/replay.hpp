#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/error.hpp"
#include "strategy/config.hpp"

namespace keel::world {

struct ReplayOptions {
    std::uint64_t config_hash = 0;      // of the config at hand; must be the record's
    std::optional<std::uint64_t> after; // start at the last snapshot not after this event; none:
                                        // from where the record begins
};

// The first place at which the desk at hand does not do what the record says.
struct Difference {
    std::uint64_t seq = 0; // of the event
    std::string text;      // what was recorded, and what came
};

struct ReplayReport {
    std::uint64_t first_seq = 0; // of the first event replayed
    std::uint64_t events = 0;
    std::uint64_t commands = 0; // compared
    std::uint64_t hashes = 0;   // compared: state hashes, snapshots, and the end's
    std::uint64_t restarts = 0; // after crashes; events that these lost are in no record
    std::uint64_t desk_hash = 0;
    std::optional<Difference> difference; // the replay stops there
    std::string broken; // the record ends before its end mark: what is wrong, and where
};

// Feeds the events of a record to a desk of this config and compares what it does with what the
// record says that it did, as far as the record is whole. Errors: it is no record, or not of this
// config.
[[nodiscard]] Result<ReplayReport> replay(std::span<const std::byte> record,
                                          const strategy::DeskConfig& config,
                                          const ReplayOptions& options);

} // namespace keel::world

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "base/error.hpp"
#include "world/record.hpp"

namespace keel::app {

// A record file and all that is needed to make its desk live again: it carries its own config.
struct LoadedRecord {
    std::vector<std::byte> bytes;
    world::RecordHeader header;
    LoadedConfig config;
};
// Errors name the file and what to do. The blocks behind the config are not looked at.
[[nodiscard]] Result<LoadedRecord> load_record(const std::string& path);

// The first 64 bits of a config's SHA-256: what a record carries of it.
[[nodiscard]] std::uint64_t short_hash(const std::string& hex);

// The commit that made the program that wrote it.
[[nodiscard]] std::string build_of(const world::RecordHeader& header);
// Empty if this program has the same build; else a sentence for when something does not fit.
[[nodiscard]] std::string other_build(const world::RecordHeader& header);

} // namespace keel::app

#include "app/record_load.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "app/build_info.hpp"
#include "world/record_file.hpp"
#include "world/record_reader.hpp"

namespace keel::app {

std::uint64_t short_hash(const std::string& hex) {
    std::uint64_t out = 0;
    constexpr std::size_t digits = 16;
    std::from_chars(hex.data(), hex.data() + std::min(hex.size(), digits), out, 16);
    return out;
}

std::string build_of(const world::RecordHeader& header) {
    const auto end = std::ranges::find(header.build, '\0');
    return {header.build.begin(), end};
}

std::string other_build(const world::RecordHeader& header) {
    const std::string theirs = build_of(header);
    if (theirs == build_info().commit) return {};
    return fmt::format("it was written by build {}, and this is {}; use that build", theirs,
                       build_info().commit);
}

Result<LoadedRecord> load_record(const std::string& path) {
    auto bytes = world::read_file(path);
    if (!bytes) return std::unexpected(bytes.error());
    const auto reader = world::RecordReader::open(*bytes);
    if (!reader) return std::unexpected(reader.error().while_doing(path));
    const world::RecordHeader& header = reader->header();
    const std::string hint = other_build(header);
    auto config = load_config(header.config, path + " (its config)");
    if (!config) {
        return fail(fmt::format("{}{}{}", config.error().front(), hint.empty() ? "" : "; ", hint));
    }
    if (short_hash(config->hash) != header.config_hash) {
        return fail(fmt::format("{}: its config has hash {:016x} to this build, and {:016x} to the "
                                "one that wrote it{}{}",
                                path, short_hash(config->hash), header.config_hash,
                                hint.empty() ? "" : ": ", hint));
    }
    return LoadedRecord{.bytes = std::move(*bytes), .header = header, .config = std::move(*config)};
}

} // namespace keel::app

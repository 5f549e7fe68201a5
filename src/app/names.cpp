#include "app/names.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "app/words.hpp"

namespace keel::app {

void Names::add(std::string name, const Table& table, std::string_view key, Problems& problems) {
    if (const auto taken = std::ranges::find(rows_, name, &Row::name); taken != rows_.end()) {
        problems.add(table.value(key).place, table.label_of(key),
                     fmt::format("{} \"{}\" is there already: {}, line {}", what_, name,
                                 taken->table->label(), taken->table->place().line));
    }
    rows_.push_back({std::move(name), &table});
}

void Names::skip() {
    rows_.push_back({});
    is_whole_ = false;
}

std::uint32_t Names::find(const std::string& name, Place place, const std::string& label,
                          Problems& problems) const {
    const auto found = std::ranges::find(rows_, name, &Row::name);
    if (found != rows_.end()) return static_cast<std::uint32_t>(found - rows_.begin());
    if (!is_whole_ || rows_.empty()) return VenueIx::none_value; // said already
    std::vector<std::string_view> known;
    known.reserve(rows_.size());
    for (const Row& row : rows_) known.push_back(row.name);
    const std::string_view near = nearest(name, known);
    const std::string hint = near.empty() ? fmt::format("known are {}", one_of(known))
                                          : fmt::format("did you mean \"{}\"?", near);
    problems.add(place, label, fmt::format("there is no {} \"{}\"; {}", what_, name, hint));
    return VenueIx::none_value;
}

} // namespace keel::app

#include "app/problems.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace keel::app {

void Problems::add(Place place, std::string_view key, std::string_view text) {
    problems_.push_back({place, problems_.size(), fmt::format("{}: {}", key, text)});
}

void Problems::warn(Place place, std::string_view key, std::string_view text) {
    warnings_.push_back({place, warnings_.size(), fmt::format("warning: {}: {}", key, text)});
}

std::vector<std::string> Problems::sorted(std::vector<Row> rows, std::string_view file) {
    std::ranges::sort(rows, [](const Row& a, const Row& b) {
        return a.place == b.place ? a.number < b.number : a.place < b.place;
    });
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const Row& row : rows) {
        out.push_back(
            fmt::format("{}:{}:{}: {}", file, row.place.line, row.place.column, row.text));
    }
    return out;
}

std::vector<std::string> Problems::texts(std::string_view file) const {
    return sorted(problems_, file);
}

std::vector<std::string> Problems::warnings(std::string_view file) const {
    return sorted(warnings_, file);
}

} // namespace keel::app

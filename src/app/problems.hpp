#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keel::app {

// Where something stands in a file, counted from 1.
struct Place {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    constexpr auto operator<=>(const Place&) const = default;
};

// Everything that is wrong with a config, not only the first of it: a person mends a file in one
// go. Problems stop the start; warnings do not.
class Problems {
public:
    void add(Place place, std::string_view key, std::string_view text);
    void warn(Place place, std::string_view key, std::string_view text);

    [[nodiscard]] bool any() const { return !problems_.empty(); }
    [[nodiscard]] std::size_t count() const { return problems_.size(); }

    // "file:line:column: key: what is wrong, what is allowed", in the order of the file.
    [[nodiscard]] std::vector<std::string> texts(std::string_view file) const;
    // The same with "warning: " before the key.
    [[nodiscard]] std::vector<std::string> warnings(std::string_view file) const;

private:
    struct Row {
        Place place;
        std::size_t number; // in order of finding: two at one place stay in it
        std::string text;
    };
    static std::vector<std::string> sorted(std::vector<Row> rows, std::string_view file);

    std::vector<Row> problems_;
    std::vector<Row> warnings_;
};

} // namespace keel::app

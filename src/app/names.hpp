#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/problems.hpp"
#include "app/table.hpp"
#include "model/types.hpp"

namespace keel::app {

// The names of one kind of section, and who has which. The tables outlive it.
class Names {
public:
    explicit Names(std::string_view what) : what_(what) {}

    void add(std::string name, const Table& table, std::string_view key, Problems& problems);
    // For a table whose name could not be read, so that places stay right. Who refers to it cannot
    // be told from who refers to nobody, so from then on nobody is blamed.
    void skip();
    // Its place among the names. VenueIx::none_value, and a problem, if nobody has it.
    [[nodiscard]] std::uint32_t find(const std::string& name, Place place, const std::string& label,
                                     Problems& problems) const;

private:
    struct Row {
        std::string name;
        const Table* table = nullptr;
    };
    std::string_view what_;
    std::vector<Row> rows_;
    bool is_whole_ = true;
};

} // namespace keel::app

#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace keel::app {

// Rows of cells, aligned, two blanks between.
class Columns {
public:
    // `alignment` has an "l" or "r" for each column; further ones are as the last.
    explicit Columns(std::string indent = "  ", std::string alignment = "lr")
        : indent_(std::move(indent)), alignment_(std::move(alignment)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::string text() const;

private:
    [[nodiscard]] bool is_left(std::size_t column) const {
        return alignment_[std::min(column, alignment_.size() - 1)] == 'l';
    }

    std::string indent_;
    std::string alignment_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace keel::app

#pragma once

#include <string>
#include <vector>

namespace keel::app {

// Rows of cells, aligned: the first column left, the others right, two blanks between.
class Columns {
public:
    explicit Columns(std::string indent = "  ") : indent_(std::move(indent)) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    [[nodiscard]] std::string text() const;

private:
    std::string indent_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace keel::app

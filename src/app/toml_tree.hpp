#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/problems.hpp"

namespace keel::app {

// A TOML file as plain values with their places. The library behind it stays in toml_tree.cpp.
struct TomlNode {
    enum class Kind : std::uint8_t { Table, List, Text, Integer, Float, Flag, Date };
    struct Member;

    Kind kind = Kind::Table;
    Place place;
    std::string text;            // Text: its value; Float and Date: as written in the file
    std::int64_t integer = 0;    // Integer; Flag: 0 or 1
    std::vector<Member> members; // Table, in the order of the file
    std::vector<TomlNode> items; // List

    [[nodiscard]] const TomlNode* find(std::string_view key) const;
};
struct TomlNode::Member {
    std::string key;
    Place place;
    TomlNode value;
};

struct TomlSyntaxError {
    Place place;
    std::string text; // never holds a value from the file, which may be a secret
};

[[nodiscard]] std::expected<TomlNode, TomlSyntaxError> read_toml(std::string_view text);

// "a text", "an integer", ...: what a node is, for error texts.
[[nodiscard]] std::string_view describe(TomlNode::Kind kind);

} // namespace keel::app

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/problems.hpp"
#include "app/schema.hpp"
#include "app/toml_tree.hpp"
#include "base/decimal.hpp"
#include "base/time.hpp"
#include "model/types.hpp"

namespace keel::app {

// One knob as read, or its default.
struct Value {
    bool is_good = false;    // it can be used; if not, a problem says why
    bool is_set = false;     // false: optional, and left out
    Place place;             // of the value, or of its section when it is the default
    std::string text;        // Text, Name, Choice; Decimal and Bps: as written
    std::int64_t number = 0; // Integer, Flag, Bps (hundredths), Range (from)
    std::int64_t upper = 0;  // Range (to)
    Decimal decimal;
    std::vector<std::string> texts;
    std::vector<Place> text_places;
};

// One section as read, held to the schema: every field has a Value. The one who asks for a key that
// the schema does not have, or by the wrong type, made a mistake, and is stopped.
class Table {
public:
    Table(const Section& section, std::string label, Place place);

    [[nodiscard]] const Section& section() const { return *section_; }
    // "venue[2].delays": how problems name it. Repeated sections count from 1.
    [[nodiscard]] const std::string& label() const { return label_; }
    [[nodiscard]] std::string label_of(std::string_view key) const;
    [[nodiscard]] Place place() const { return place_; }

    [[nodiscard]] const Value& value(std::string_view key) const;
    [[nodiscard]] Value& value(std::string_view key);
    [[nodiscard]] const std::vector<Value>& values() const { return values_; }

    [[nodiscard]] const std::string& text(std::string_view key) const;
    [[nodiscard]] std::int64_t integer(std::string_view key) const;
    // For integers whose range in the schema says that they fit.
    [[nodiscard]] std::uint32_t small(std::string_view key) const;
    [[nodiscard]] bool flag(std::string_view key) const;
    [[nodiscard]] Bps bps(std::string_view key) const;
    [[nodiscard]] Duration span(std::string_view key) const; // of an ..._ms or ..._s

    // Sections within, in the schema's order; repeated ones in the file's.
    [[nodiscard]] const std::vector<Table>& children() const { return children_; }
    [[nodiscard]] std::vector<Table>& children() { return children_; }
    [[nodiscard]] const Table& child(std::string_view name) const; // of one that is not repeated
    [[nodiscard]] Table& child(std::string_view name);
    [[nodiscard]] const Table* find_child(std::string_view name) const; // null: no such section
    [[nodiscard]] std::vector<const Table*> all(std::string_view name) const;

private:
    const Section* section_;
    std::string label_;
    Place place_;
    std::vector<Value> values_;
    std::vector<Table> children_;
};

// Holds a file against the schema of its kind. Always gives a whole table; what could not be read
// is not `is_good`, and `problems` says why.
[[nodiscard]] Table read_table(const TomlNode& file, const FileKind& kind, Problems& problems);

// Reads one value of one field. `label` is how problems name it.
[[nodiscard]] Value read_value(const Field& field, const TomlNode& node, const std::string& label,
                               Problems& problems);

// The default of a field that has one, or "not set".
[[nodiscard]] Value standard_value(const Field& field, Place place);

// The effective config: every knob with its value, in the schema's order, as TOML. Reading it again
// gives the same table, and the same text.
[[nodiscard]] std::string to_toml(const Table& root);

} // namespace keel::app

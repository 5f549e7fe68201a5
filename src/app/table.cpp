#include "app/table.hpp"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/assert.hpp"

namespace keel::app {

Table::Table(const Section& section, std::string label, Place place)
    : section_(&section), label_(std::move(label)), place_(place) {
    values_.resize(section.fields().size());
    for (Value& value : values_) value.place = place;
}

std::string Table::label_of(std::string_view key) const {
    return label_.empty() ? std::string{key} : fmt::format("{}.{}", label_, key);
}

const Value& Table::value(std::string_view key) const {
    const std::size_t index = section_->index_of(key);
    KEEL_ASSERT(index < values_.size(), "a key that is asked for is in the schema");
    return values_[index];
}

Value& Table::value(std::string_view key) {
    return const_cast<Value&>(std::as_const(*this).value(key));
}

const std::string& Table::text(std::string_view key) const { return value(key).text; }

std::int64_t Table::integer(std::string_view key) const { return value(key).number; }

std::uint32_t Table::small(std::string_view key) const {
    const std::int64_t number = value(key).number;
    KEEL_ASSERT(std::in_range<std::uint32_t>(number),
                "the schema's range of a small number is small");
    return static_cast<std::uint32_t>(number);
}

bool Table::flag(std::string_view key) const { return value(key).number != 0; }

Bps Table::bps(std::string_view key) const { return Bps{value(key).number}; }

Duration Table::span(std::string_view key) const {
    const std::int64_t number = value(key).number;
    if (key.ends_with("_ms")) return milliseconds(number);
    KEEL_ASSERT(key.ends_with("_s"), "a span of time has its unit in its key");
    return seconds(number);
}

const Table& Table::child(std::string_view name) const {
    const Table* found = find_child(name);
    KEEL_ASSERT(found != nullptr, "a section that is asked for is in the schema");
    return *found;
}

const Table* Table::find_child(std::string_view name) const {
    for (const Table& table : children_) {
        if (table.section().name == name && !table.section().repeated) return &table;
    }
    return nullptr;
}

Table& Table::child(std::string_view name) {
    return const_cast<Table&>(std::as_const(*this).child(name));
}

std::vector<const Table*> Table::all(std::string_view name) const {
    std::vector<const Table*> out;
    for (const Table& table : children_) {
        if (table.section().name == name) out.push_back(&table);
    }
    return out;
}

} // namespace keel::app

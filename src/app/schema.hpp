#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// Every knob of a config file, once: its type, range, default and meaning. The reader takes its
// checks and defaults from here, error texts their words, and `keel config schema` prints it.

namespace keel::app {

enum class FieldType : std::uint8_t {
    Text,
    Name,    // letters, digits, "-" and "_"; how other sections refer to it
    Choice,  // one of a closed set of words
    Flag,    // true or false
    Integer, // also spans of time: the key ends in _ms or _s
    Range,   // [from, to], both integers
    Decimal, // exact: quoted, or an integer
    Bps,     // basis points with at most two places: quoted, or an integer
    Texts,   // a list of texts
};

// Of a Decimal that may be negative, as its least.
constexpr std::int64_t either_sign = INT64_MIN;

// Instead of a default: there is none, the file must say it.
constexpr std::string_view required = "(required)";

struct Field {
    std::string_view key;
    FieldType type = FieldType::Text;
    // As in the file, without quotes. "": left out means "not set".
    std::string_view standard = required;
    // Integer and Range: both included. Bps: in hundredths of a basis point. Decimal: 1 means
    // "above zero", 0 "not below zero", either_sign anything.
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::string_view choices; // Choice: "calm|rough"
    std::string_view doc;
};

struct Section {
    std::string_view name;
    std::string_view doc;
    bool repeated = false; // [[name]]
    bool needed = false;   // there must be (at least) one
    const Field* field_data = nullptr;
    std::size_t field_count = 0;
    const Section* child_data = nullptr;
    std::size_t child_count = 0;

    [[nodiscard]] std::span<const Field> fields() const { return {field_data, field_count}; }
    [[nodiscard]] std::span<const Section> children() const { return {child_data, child_count}; }
    // Its place among fields(), or fields().size().
    [[nodiscard]] std::size_t index_of(std::string_view key) const;
    [[nodiscard]] const Section* find_child(std::string_view child) const; // null: it has none
};

// What a file may hold, and what tells a person more about it.
struct FileKind {
    const Section* root = nullptr;
    std::string_view explained_by; // as it stands before "explains them"
};

// The file itself: no keys of its own, the sections are its children.
[[nodiscard]] const Section& config_schema();
[[nodiscard]] const FileKind& config_kind();

// "milliseconds" for refresh_age_ms; what a value of this field looks like and may be.
[[nodiscard]] std::string describe(const Field& field);

// `keel config schema`: every section and knob with unit, default and meaning.
[[nodiscard]] std::string schema_text(const Section& root = config_schema());

} // namespace keel::app

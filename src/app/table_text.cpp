#include <algorithm>

#include <fmt/format.h>

#include "app/table.hpp"
#include "app/words.hpp"

// Schema and tables as text: for `keel config schema`, error texts and the effective config.

namespace keel::app {
namespace {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

// As it stands in a TOML file.
std::string written(const Field& field, const Value& value) {
    switch (field.type) {
    case FieldType::Text:
    case FieldType::Name:
    case FieldType::Choice: return quoted(value.text);
    case FieldType::Flag: return value.number != 0 ? "true" : "false";
    case FieldType::Integer: return fmt::to_string(value.number);
    case FieldType::Range: return fmt::format("[{}, {}]", value.number, value.upper);
    case FieldType::Decimal:
    case FieldType::Bps: return quoted(to_string(normalized(value.decimal)));
    case FieldType::Texts: {
        std::vector<std::string> all;
        all.reserve(value.texts.size());
        for (const std::string& text : value.texts) all.push_back(quoted(text));
        return fmt::format("[{}]", fmt::join(all, ", "));
    }
    }
    std::unreachable();
}

void append(std::string& out, const Table& table, const std::string& path) {
    const Section& section = table.section();
    if (!path.empty()) {
        out +=
            fmt::format("{}{}\n", out.empty() ? "" : "\n",
                        section.repeated ? fmt::format("[[{}]]", path) : fmt::format("[{}]", path));
    }
    for (std::size_t i = 0; i < section.fields().size(); ++i) {
        const Field& field = section.fields()[i];
        const Value& value = table.values()[i];
        if (value.is_set) out += fmt::format("{} = {}\n", field.key, written(field, value));
    }
    for (const Table& child : table.children()) {
        const std::string_view name = child.section().name;
        append(out, child, path.empty() ? std::string{name} : fmt::format("{}.{}", path, name));
    }
}

std::string shown_bps(std::int64_t hundredths) { return to_string(normalized({hundredths, 2})); }

std::string range_text(const Field& field) {
    // Numbers so large that they only mean "no limit" are not worth reading.
    constexpr std::int64_t worth_reading = 1'000'000'000'000;
    if (field.max > worth_reading) return fmt::format("{} or more", field.min);
    return fmt::format("{} to {}", field.min, field.max);
}

std::string_view unit_of(std::string_view key) {
    if (key.ends_with("_ms")) return "milliseconds";
    if (key.ends_with("_s")) return "seconds";
    if (key.ends_with("_percent")) return "percent";
    return {};
}

std::string standard_text(const Field& field) {
    if (field.standard == required) return "required";
    if (field.standard.empty()) return "not set";
    return "default " + written(field, standard_value(field, {}));
}

// Words of `text`, wrapped at 100 columns and indented.
std::string wrapped(std::string_view text, std::string_view indent) {
    constexpr std::size_t width = 100;
    std::string out;
    std::string line{indent};
    for (const std::string_view word : split(text, ' ')) {
        if (line.size() > indent.size() && line.size() + 1 + word.size() > width) {
            out += line + '\n';
            line = indent;
        }
        if (line.size() > indent.size()) line += ' ';
        line += word;
    }
    return out + line + '\n';
}

void append(std::string& out, const Section& section, const std::string& path) {
    if (!path.empty()) {
        const std::string name =
            section.repeated ? fmt::format("[[{}]]", path) : fmt::format("[{}]", path);
        out += fmt::format("{}{}   {}\n", out.empty() ? "" : "\n", name, section.doc);
    }
    std::size_t width = 0;
    for (const Field& field : section.fields()) width = std::max(width, field.key.size());
    for (const Field& field : section.fields()) {
        out += fmt::format("  {:<{}}  {}; {}\n", field.key, width, describe(field),
                           standard_text(field));
        out += wrapped(field.doc, "      ");
    }
    for (const Section& child : section.children()) {
        append(out, child,
               path.empty() ? std::string{child.name} : fmt::format("{}.{}", path, child.name));
    }
}

} // namespace

std::string describe(const Field& field) {
    const std::string_view unit = unit_of(field.key);
    switch (field.type) {
    case FieldType::Text: return "a text in quotes";
    case FieldType::Name: return "a name in quotes";
    case FieldType::Choice: return one_of(split(field.choices, '|'));
    case FieldType::Flag: return "true or false";
    case FieldType::Integer:
        return unit.empty() ? "an integer, " + range_text(field)
                            : fmt::format("an integer in {}, {}", unit, range_text(field));
    case FieldType::Range:
        return fmt::format("a list of two integers in {}, [from, to], {}", unit, range_text(field));
    case FieldType::Decimal:
        if (field.min == either_sign) return "a decimal in quotes or an integer";
        return fmt::format("a decimal in quotes or an integer, {}",
                           field.min > 0 ? "above 0" : "0 or more");
    case FieldType::Bps:
        return fmt::format("basis points in quotes or an integer, {} to {}", shown_bps(field.min),
                           shown_bps(field.max));
    case FieldType::Texts:
        return fmt::format("a list of {} to {} texts in quotes", field.min, field.max);
    }
    std::unreachable();
}

std::string to_toml(const Table& root) {
    std::string out;
    append(out, root, "");
    return out;
}

std::string schema_text(const Section& root) {
    std::string out;
    append(out, root, "");
    return out;
}

} // namespace keel::app

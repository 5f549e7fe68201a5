#include "app/toml_tree.hpp"

#include <algorithm>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace keel::app {
namespace {

Place place_of(const toml::source_position& at) { return {at.line, at.column}; }

// The file's own words for a value that stands on one line. Columns count code points.
std::string written(std::string_view file, const toml::source_region& region) {
    if (region.begin.line != region.end.line) return {};
    std::size_t at = 0;
    for (std::uint32_t line = 1; line < region.begin.line; ++line) {
        at = file.find('\n', at);
        if (at == std::string_view::npos) return {};
        ++at;
    }
    std::string out;
    std::uint32_t column = 0;
    for (; at < file.size() && file[at] != '\n'; ++at) {
        const bool continues = (static_cast<unsigned char>(file[at]) & 0xc0U) == 0x80U;
        if (!continues) ++column;
        if (column >= region.end.column) break;
        if (column >= region.begin.column) out += file[at];
    }
    return out;
}

TomlNode convert(const toml::node& from, std::string_view file) {
    TomlNode out;
    out.place = place_of(from.source().begin);
    switch (from.type()) {
    case toml::node_type::table:
        out.kind = TomlNode::Kind::Table;
        for (auto&& [key, value] : *from.as_table()) {
            out.members.push_back(
                {std::string{key.str()}, place_of(key.source().begin), convert(value, file)});
        }
        std::ranges::sort(out.members, {}, &TomlNode::Member::place);
        return out;
    case toml::node_type::array:
        out.kind = TomlNode::Kind::List;
        for (auto&& item : *from.as_array()) out.items.push_back(convert(item, file));
        return out;
    case toml::node_type::string:
        out.kind = TomlNode::Kind::Text;
        out.text = from.as_string()->get();
        return out;
    case toml::node_type::integer:
        out.kind = TomlNode::Kind::Integer;
        out.integer = from.as_integer()->get();
        return out;
    case toml::node_type::floating_point:
        out.kind = TomlNode::Kind::Float;
        out.text = written(file, from.source());
        return out;
    case toml::node_type::boolean:
        out.kind = TomlNode::Kind::Flag;
        out.integer = from.as_boolean()->get() ? 1 : 0;
        return out;
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
        out.kind = TomlNode::Kind::Date;
        out.text = written(file, from.source());
        return out;
    case toml::node_type::none: break;
    }
    std::unreachable();
}

// The library quotes a number that does not fit, and an unquoted key of a wallet is just that.
std::string without_values(std::string_view description) {
    if (description.find("is not representable") != std::string_view::npos) {
        return "an integer does not fit in 64 bits; a decimal is written in quotes";
    }
    constexpr std::string_view prefix = "Error while parsing ";
    if (description.starts_with(prefix)) description.remove_prefix(prefix.size());
    return std::string{description};
}

} // namespace

const TomlNode* TomlNode::find(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &Member::key);
    return found == members.end() ? nullptr : &found->value;
}

std::expected<TomlNode, TomlSyntaxError> read_toml(std::string_view text) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return std::unexpected(
            TomlSyntaxError{place_of(error.source().begin), without_values(error.description())});
    }
    return convert(parsed.table(), text);
}

std::string_view describe(TomlNode::Kind kind) {
    switch (kind) {
    case TomlNode::Kind::Table: return "a table";
    case TomlNode::Kind::List: return "a list";
    case TomlNode::Kind::Text: return "a text";
    case TomlNode::Kind::Integer: return "an integer";
    case TomlNode::Kind::Float: return "a float";
    case TomlNode::Kind::Flag: return "true or false";
    case TomlNode::Kind::Date: return "a date or time";
    }
    std::unreachable();
}

} // namespace keel::app

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "app/table.hpp"
#include "app/words.hpp"

namespace keel::app {
namespace {

constexpr std::size_t name_length_max = 32;

// Venues that people will try; they get told when, not just no.
constexpr std::array<std::string_view, 8> live_kinds{
    "live",    "binance",  "binance-usdm", "extended",
    "lighter", "pacifica", "hyperliquid",  "polymarket",
};

bool is_name(std::string_view text) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= ' '; });
}

// Reads one value; the first thing that is wrong with it goes to `problems`.
class Reader {
public:
    Reader(const Field& field, const TomlNode& node, const std::string& label, Problems& problems)
        : field_(field), node_(node), label_(label), problems_(problems) {
        out_.place = node.place;
        out_.is_set = true;
    }

    Value read() {
        out_.is_good = read_typed();
        return out_;
    }

private:
    using Kind = TomlNode::Kind;

    bool refuse(std::string_view text) {
        problems_.add(node_.place, label_, text);
        return false;
    }
    bool refuse_type() {
        return refuse(fmt::format("is {}, but must be {}", describe(node_.kind), describe(field_)));
    }

    bool read_typed() {
        switch (field_.type) {
        case FieldType::Text: return read_text();
        case FieldType::Name: return read_name();
        case FieldType::Choice: return read_choice();
        case FieldType::Flag: return read_flag();
        case FieldType::Integer: return read_integer();
        case FieldType::Range: return read_range();
        case FieldType::Decimal: return read_decimal();
        case FieldType::Bps: return read_bps();
        case FieldType::Texts: return read_texts();
        }
        std::unreachable();
    }

    bool read_text() {
        if (node_.kind != Kind::Text) return refuse_type();
        if (node_.text.empty()) return refuse("is empty");
        if (!is_printable(node_.text)) return refuse("holds a control character");
        out_.text = node_.text;
        return true;
    }

    bool read_name() {
        if (node_.kind != Kind::Text) return refuse_type();
        if (node_.text.size() > name_length_max) {
            return refuse(fmt::format("is {} characters long, but may be at most {}",
                                      node_.text.size(), name_length_max));
        }
        if (!is_name(node_.text)) {
            return refuse("may only hold letters, digits, \"-\" and \"_\", and at least one");
        }
        out_.text = node_.text;
        return true;
    }

    bool read_choice() {
        const auto choices = split(field_.choices, '|');
        if (node_.kind != Kind::Text) return refuse_type();
        if (std::ranges::find(choices, node_.text) != choices.end()) {
            out_.text = node_.text;
            return true;
        }
        if (field_.key == "kind" && std::ranges::find(live_kinds, node_.text) != live_kinds.end()) {
            return refuse(fmt::format("\"{}\" would be live trading, which comes with a later "
                                      "version of Keel; \"simulated\" is the only kind today",
                                      node_.text));
        }
        const std::string_view near = nearest(node_.text, choices);
        if (choices.size() > 1 && !near.empty()) {
            return refuse(fmt::format("is \"{}\", but must be {}; did you mean \"{}\"?", node_.text,
                                      one_of(choices), near));
        }
        return refuse(fmt::format("is \"{}\", but must be {}", node_.text, one_of(choices)));
    }

    bool read_flag() {
        if (node_.kind != Kind::Flag) return refuse_type();
        out_.number = node_.integer;
        return true;
    }

    bool in_range(std::int64_t number) {
        if (number >= field_.min && number <= field_.max) return true;
        return refuse(
            fmt::format("is {}, but must be from {} to {}", number, field_.min, field_.max));
    }

    bool read_integer() {
        if (node_.kind != Kind::Integer) return refuse_type();
        if (!in_range(node_.integer)) return false;
        out_.number = node_.integer;
        return true;
    }

    bool read_range() {
        if (node_.kind != Kind::List) return refuse_type();
        if (node_.items.size() != 2 || node_.items[0].kind != Kind::Integer ||
            node_.items[1].kind != Kind::Integer) {
            return refuse(fmt::format("must be {}", describe(field_)));
        }
        out_.number = node_.items[0].integer;
        out_.upper = node_.items[1].integer;
        if (!in_range(out_.number) || !in_range(out_.upper)) return false;
        if (out_.number > out_.upper) {
            return refuse(fmt::format("goes from {} down to {}; write the smaller one first",
                                      out_.number, out_.upper));
        }
        return true;
    }

    // The exact decimal, as text or integer. A float is refused: 0.1 in binary is not 0.1.
    bool read_exact() {
        if (node_.kind == Kind::Integer) {
            out_.decimal = Decimal{node_.integer, 0};
            out_.text = fmt::to_string(node_.integer);
            return true;
        }
        if (node_.kind == Kind::Float) {
            return refuse(fmt::format("{} is a binary float, which is not exact; quote it: \"{}\"",
                                      node_.text, node_.text));
        }
        if (node_.kind != Kind::Text) return refuse_type();
        const Result<Decimal> parsed = parse_decimal(node_.text);
        if (!parsed) return refuse(parsed.error().text());
        out_.decimal = *parsed;
        out_.text = node_.text;
        return true;
    }

    bool read_decimal() {
        if (!read_exact()) return false;
        if (out_.decimal.mantissa < field_.min) {
            return refuse(fmt::format("is {}, but must {}", out_.text,
                                      field_.min > 0 ? "be above zero" : "not be negative"));
        }
        return true;
    }

    bool read_bps() {
        if (!read_exact()) return false;
        const Result<std::int64_t> hundredths = units_of(out_.decimal, Decimal{1, 2});
        if (!hundredths) {
            return refuse(fmt::format("is {}, but basis points have at most two places after the "
                                      "point",
                                      out_.text));
        }
        if (*hundredths < field_.min || *hundredths > field_.max) {
            const auto shown = [](std::int64_t bps) { return to_string(normalized({bps, 2})); };
            return refuse(fmt::format("is {}, but must be from {} to {}", out_.text,
                                      shown(field_.min), shown(field_.max)));
        }
        out_.number = *hundredths;
        return true;
    }

    bool read_texts() {
        if (node_.kind != Kind::List) return refuse_type();
        for (const TomlNode& item : node_.items) {
            if (item.kind != Kind::Text || item.text.empty() || !is_printable(item.text)) {
                problems_.add(item.place, label_,
                              fmt::format("holds {}, but must be {}",
                                          item.kind == Kind::Text ? "an empty or unprintable text"
                                                                  : describe(item.kind),
                                          describe(field_)));
                return false;
            }
            out_.texts.push_back(item.text);
            out_.text_places.push_back(item.place);
        }
        const auto count = static_cast<std::int64_t>(out_.texts.size());
        if (count < field_.min || count > field_.max) {
            return refuse(fmt::format("holds {}, but must hold from {} to {}", count, field_.min,
                                      field_.max));
        }
        return true;
    }

    const Field& field_;
    const TomlNode& node_;
    const std::string& label_;
    Problems& problems_;
    Value out_;
};

// The default as a TOML value: the schema writes it without quotes.
TomlNode standard_node(const Field& field) {
    TomlNode node;
    const auto integer_of = [](std::string_view text) {
        TomlNode out;
        out.kind = TomlNode::Kind::Integer;
        std::from_chars(text.data(), text.data() + text.size(), out.integer);
        return out;
    };
    switch (field.type) {
    case FieldType::Text:
    case FieldType::Name:
    case FieldType::Choice:
    case FieldType::Decimal:
    case FieldType::Bps:
        node.kind = TomlNode::Kind::Text;
        node.text = field.standard;
        return node;
    case FieldType::Flag:
        node.kind = TomlNode::Kind::Flag;
        node.integer = field.standard == "true" ? 1 : 0;
        return node;
    case FieldType::Integer: return integer_of(field.standard);
    case FieldType::Range:
        node.kind = TomlNode::Kind::List;
        for (const auto end : split(field.standard, ',')) node.items.push_back(integer_of(end));
        return node;
    case FieldType::Texts: node.kind = TomlNode::Kind::List; return node;
    }
    std::unreachable();
}

} // namespace

Value read_value(const Field& field, const TomlNode& node, const std::string& label,
                 Problems& problems) {
    return Reader{field, node, label, problems}.read();
}

Value standard_value(const Field& field, Place place) {
    KEEL_ASSERT(field.standard != required, "a required field has no default");
    Value out;
    if (field.standard.empty()) {
        out.is_good = true; // not set
    } else {
        Problems problems;
        out = read_value(field, standard_node(field), std::string{field.key}, problems);
        KEEL_ASSERT(out.is_good, "the default of a knob is a value that the knob may have");
    }
    out.place = place;
    return out;
}

} // namespace keel::app

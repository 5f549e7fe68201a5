#include "app/order_ref.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "app/words.hpp"

namespace keel::app {
namespace {

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

struct Part {
    std::string_view name;
    unsigned bits;
};
constexpr std::array<Part, 3> parts{{{"desk", ClOrdID::desk_bits},
                                     {"epoch", ClOrdID::epoch_bits},
                                     {"counter", ClOrdID::counter_bits}}};

} // namespace

std::string order_text(ClOrdID id) {
    return fmt::format("{}-{}-{}", id.desk(), id.epoch(), id.counter());
}

Result<ClOrdID> parse_order(std::string_view text) {
    const auto refuse = [&](std::string_view why) {
        return fail(fmt::format("\"{}\" is not an order: {}. Write desk-epoch-counter, such as "
                                "1-2-17, or the packed number",
                                text, why));
    };
    const auto words = split(text, text.find('/') == std::string_view::npos ? '-' : '/');
    if (words.size() == 1) {
        const auto packed = number(text);
        if (!packed) return refuse("it is no number of 64 bits");
        if (*packed == 0) return refuse("0 means none");
        return ClOrdID{*packed};
    }
    if (words.size() != parts.size()) return refuse("it does not have three parts");
    std::array<std::uint32_t, parts.size()> values{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto value = number(words[i]);
        if (!value) return refuse(fmt::format("its {} is no number", parts[i].name));
        if (*value >> parts[i].bits != 0) {
            return refuse(
                fmt::format("its {} has more than {} bits", parts[i].name, parts[i].bits));
        }
        values[i] = static_cast<std::uint32_t>(*value);
    }
    const ClOrdID id = ClOrdID::make(values[0], values[1], values[2]);
    if (id.is_none()) return refuse("0-0-0 means none");
    return id;
}

} // namespace keel::app

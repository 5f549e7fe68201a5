#include "app/belief_words.hpp"

#include <fmt/format.h>

#include "app/amounts.hpp"

namespace keel::app {

std::string state_words(const InstrumentTexts& texts, const OrderState& state) {
    return fmt::format(
        "{}, cum {} leaves {}{}", to_string(state.status),
        texts.qty(state.instrument, state.cum_qty), texts.qty(state.instrument, state.leaves_qty),
        state.asked == 0 ? "" : fmt::format(", asked: {}", pending_text(state.asked)));
}

std::string group_words(const core::Engine& engine, GroupIx group) {
    const core::GroupConfig& config = engine.config().groups[group.value()];
    const auto amount = [&](Units units) {
        return shown(Decimal{units.value(), config.unit_scale});
    };
    const auto interval = engine.interval(group);
    const Units owed = engine.owed(group);
    std::string out = fmt::format("{}  exposure [{}, {}]", config.name, amount(interval.low),
                                  amount(interval.high));
    if (owed == Units{0}) return out + ", nothing owed";
    return out + fmt::format(", owed: {} {}", owed > Units{0} ? "sell" : "buy",
                             amount(owed > Units{0} ? owed : -owed));
}

} // namespace keel::app

#include "app/signal_numbers.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "base/assert.hpp"
#include "core/config.hpp"

namespace keel::app {
namespace {

constexpr Decimal bps_step{1, 2}; // of funding: 1e-6 of notional

Result<std::int64_t> bounded(const Result<std::int64_t>& value, std::string_view text,
                             std::int64_t most) {
    if (value && (*value > most || *value < -most)) {
        return fail(fmt::format("is {}, which is more than any market has", text));
    }
    return value;
}

} // namespace

SignalKind signal_kind(std::string_view word) {
    const auto row = std::ranges::find(signal_kind_words, word, &SignalKindWord::word);
    KEEL_ASSERT(row != signal_kind_words.end(), "every kind of the schema has its value here");
    return row->kind;
}

std::string_view word_of(SignalKind kind) {
    return std::ranges::find(signal_kind_words, kind, &SignalKindWord::kind)->word;
}

Result<std::int64_t> signal_value(SignalKind kind, Decimal value, std::string_view text,
                                  const Instrument& spec) {
    constexpr std::int64_t most = core::position_max.value();
    switch (kind) {
    case SignalKind::Target:
        return bounded(count_of(value, text, spec.lot_size, "the lot"), text,
                       core::qty_max.value());
    case SignalKind::FairValue:
        if (value.mantissa <= 0) return fail(fmt::format("is {}, but must be above zero", text));
        return bounded(count_of(value, text, Decimal{1, money_scale}, "the smallest money,"), text,
                       most);
    case SignalKind::Funding:
        return bounded(count_of(value, text, bps_step, "a hundredth of a basis point,"), text,
                       most);
    case SignalKind::Close: return fail("is of no use: a close has no value; leave it out");
    }
    std::unreachable();
}

Result<Ticks> signal_price(Decimal value, std::string_view text, const Instrument& spec) {
    if (value.mantissa <= 0) return fail(fmt::format("is {}, but must be above zero", text));
    const Result<std::int64_t> ticks =
        bounded(count_of(value, text, spec.tick_size, "the tick"), text, core::px_max.value());
    if (!ticks) return std::unexpected(ticks.error());
    if (!price_is_valid(Ticks{*ticks}, spec)) {
        return fail(
            fmt::format("is {}, which is no price of {} by its price_rule", text, spec.symbol));
    }
    return Ticks{*ticks};
}

Result<void> check_exits(const Signal& signal) {
    const bool has_both = signal.stop_px != Ticks{0} && signal.limit_px != Ticks{0};
    if (!has_both || signal.value == 0) return {};
    if (signal.value > 0 && signal.stop_px >= signal.limit_px) {
        return fail("must be below limit: the target is long");
    }
    if (signal.value < 0 && signal.stop_px <= signal.limit_px) {
        return fail("must be above limit: the target is short");
    }
    return {};
}

std::string signal_words(const InstrumentTexts& texts, const Signal& signal) {
    const InstrumentIx i = signal.instrument;
    const bool is_known = texts.spec(i) != nullptr;
    const std::string place = is_known ? texts.place(i) : "an instrument that there is not";
    const auto decimal = [&](int scale) { return shown(Decimal{signal.value, scale}); };
    std::string out;
    switch (signal.kind) {
    case SignalKind::Target:
        out = fmt::format("target {} of {}", texts.qty(i, Lots{signal.value}), place);
        break;
    case SignalKind::FairValue:
        out = fmt::format("fair value {} of {}", decimal(money_scale), place);
        break;
    case SignalKind::Funding:
        out = fmt::format("funding {} bps of {}", decimal(bps_step.scale), place);
        break;
    case SignalKind::Close: out = fmt::format("close {}", place); break;
    }
    if (signal.stop_px != Ticks{0}) out += ", stop " + texts.price(i, signal.stop_px);
    if (signal.limit_px != Ticks{0}) out += ", limit " + texts.price(i, signal.limit_px);
    return out + fmt::format(" (no. {})", signal.id);
}

} // namespace keel::app

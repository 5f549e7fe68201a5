#include "model/instrument.hpp"

#include <numeric>

#include <fmt/format.h>

namespace keel {
namespace {

std::int64_t power_of_ten(int exponent) {
    std::int64_t out = 1;
    for (int i = 0; i < exponent; ++i) out *= 10;
    return out;
}

// Digits from the first to the last that is not zero.
int significant_digits(std::int64_t value) {
    while (value != 0 && value % 10 == 0) value /= 10;
    int digits = 0;
    for (; value != 0; value /= 10) ++digits;
    return digits;
}

// The step between neighbouring valid prices just below or at `px`, in ticks.
std::int64_t price_step(std::int64_t px, const Instrument& instrument) {
    if (instrument.price_rule == PriceRule::Tick) return 1;
    // Whole numbers are always valid; otherwise five significant digits. px counts ticks of
    // mantissa x 10^-scale, so work in units of 10^-scale.
    const std::int64_t mantissa = instrument.tick_size.mantissa;
    const std::int64_t whole = power_of_ten(instrument.tick_size.scale);
    const Int128 amount = static_cast<Int128>(px) * mantissa;
    Int128 step = 1;
    for (Int128 rest = amount; rest >= 100'000; rest /= 10) step *= 10;
    if (step > whole) step = whole;
    return step <= mantissa ? 1 : static_cast<std::int64_t>(step / mantissa);
}

} // namespace

Result<Instrument> make_instrument(Instrument draft) {
    const auto refuse = [&](std::string_view field, std::string_view why) {
        return fail(fmt::format("instrument {}: {} {}", draft.symbol, field, why));
    };
    draft.tick_size = normalized(draft.tick_size);
    draft.lot_size = normalized(draft.lot_size);
    if (draft.symbol.empty()) return fail("instrument: symbol is empty");
    if (draft.tick_size.mantissa <= 0) return refuse("tick_size", "must be above zero");
    if (draft.lot_size.mantissa <= 0) return refuse("lot_size", "must be above zero");
    if (draft.price_rule == PriceRule::FiveSignificantDigits && draft.tick_size.mantissa != 1) {
        return refuse("tick_size", "must be 1, 0.1, 0.01 ... under the five-digit rule");
    }
    if (draft.min_qty < Lots{1}) return refuse("min_qty", "must be at least one lot");
    if (draft.max_qty < Lots{0}) return refuse("max_qty", "must not be negative");
    if (draft.max_qty > Lots{0} && draft.max_qty < draft.min_qty) {
        return refuse("max_qty", "must not be below min_qty");
    }
    if (draft.min_notional < Money{0}) return refuse("min_notional", "must not be negative");
    if (draft.initial_margin_ppm <= 0 || draft.initial_margin_ppm > ppm_one) {
        return refuse("initial_margin_ppm", "must be above zero and at most 1000000");
    }
    constexpr std::int32_t fee_max_ppm = 100'000;
    for (const auto fee : {draft.maker_fee_ppm, draft.taker_fee_ppm}) {
        if (fee > fee_max_ppm || fee < -fee_max_ppm) return refuse("fee", "is beyond 10 %");
    }
    // value of tick x lot in Money: mt * ml * 10^(money_scale - st - sl)
    const auto top = checked_mul(draft.tick_size.mantissa, draft.lot_size.mantissa);
    if (!top) return refuse("tick_size x lot_size", "does not fit in 64 bits");
    const int exponent = money_scale - draft.tick_size.scale - draft.lot_size.scale;
    if (exponent > 18 || exponent < -18) return refuse("tick_size x lot_size", "is out of range");
    std::int64_t num = *top;
    std::int64_t den = 1;
    if (exponent >= 0) {
        const auto scaled = checked_mul(num, power_of_ten(exponent));
        if (!scaled) return refuse("tick_size x lot_size", "does not fit in 64 bits");
        num = *scaled;
    } else {
        den = power_of_ten(-exponent);
    }
    const std::int64_t common = std::gcd(num, den);
    draft.value_num = num / common;
    draft.value_den = den / common;
    return draft;
}

bool price_is_valid(Ticks px, const Instrument& instrument) {
    if (px <= Ticks{0}) return false;
    if (instrument.price_rule == PriceRule::Tick) return true;
    const std::int64_t whole = power_of_ten(instrument.tick_size.scale);
    return px.value() % whole == 0 || significant_digits(px.value()) <= 5;
}

Ticks to_valid_price(Ticks px, const Instrument& instrument, Rounding rounding) {
    if (px <= Ticks{0}) return Ticks{0};
    if (price_is_valid(px, instrument)) return px;
    const std::int64_t step = price_step(px.value(), instrument);
    const std::int64_t floor = px.value() / step * step;
    if (rounding == Rounding::Down) return Ticks{floor};
    // One step up may reach the next power of ten, which is valid under every rule.
    return Ticks{checked_add(floor, step).value_or(0)};
}

Ticks shifted(Ticks px, Bps bps, Rounding rounding) {
    const auto out = mul_div(px.value(), ppm_one + bps.value(), ppm_one, rounding);
    KEEL_ASSERT(out.has_value(), "a shifted price fits in 64 bits");
    return Ticks{out->value};
}

} // namespace keel

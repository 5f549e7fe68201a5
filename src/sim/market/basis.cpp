#include "sim/market/basis.hpp"

#include <fmt/format.h>

namespace keel::sim {
namespace {

constexpr std::int64_t bps_max = 1'000 * bps_one;

// The deviations between a normal distribution's median and its 1st or 99th percentile, in 1e-7.
constexpr std::int64_t percentile_deviations = 23'263'479;
// The square root of 3, in 1e-7: one over the deviation of a uniform draw from (-1, 1).
constexpr std::int64_t sqrt_3 = 17'320'508;
constexpr std::int64_t ten_million = 10'000'000;

std::int64_t must(std::optional<Rounded> value) {
    KEEL_ASSERT(value.has_value(), "the constants of a basis fit in 64 bits");
    return value->value;
}

// Bps (1e-6) as units of 2^-40.
std::int64_t in_factor_units(Bps bps) {
    return must(mul_div(bps.value(), BasisProcess::factor_one, ppm_one, Rounding::Down));
}

UInt128 square_root(UInt128 x) {
    UInt128 root = 0;
    for (int bit = 63; bit >= 0; --bit) {
        const UInt128 tried = root | (static_cast<UInt128>(1) << bit);
        if (tried * tried <= x) root = tried;
    }
    return root;
}

// 2^(-part / whole) in units of 2^-62, for 0 < part <= whole: the product of 2^-(1/2), 2^-(1/4),
// ... over the binary digits of part / whole.
UInt128 half_to_the(std::int64_t part, std::int64_t whole) {
    constexpr unsigned bits = 62;
    if (part == whole) return static_cast<UInt128>(1) << (bits - 1);
    UInt128 out = static_cast<UInt128>(1) << bits;
    UInt128 root = static_cast<UInt128>(1) << (bits - 1); // 2^-1, then its square roots
    UInt128 rest = static_cast<UInt128>(part);
    for (int digit = 0; digit < 60; ++digit) {
        root = square_root(root << bits);
        rest *= 2;
        if (rest >= static_cast<UInt128>(whole)) {
            rest -= static_cast<UInt128>(whole);
            out = (out * root) >> bits;
        }
    }
    return out;
}

} // namespace

Result<void> check(const BasisKnobs& knobs) {
    const std::int64_t low = knobs.percentile_1.value();
    const std::int64_t middle = knobs.median.value();
    const std::int64_t high = knobs.percentile_99.value();
    if (low > middle || middle > high || low < -bps_max || high > bps_max) {
        return fail(fmt::format("basis percentiles {}, {}, {} (in 0.01 bps): give them in rising "
                                "order and within {} bps of 0",
                                low, middle, high, bps_max / bps_one));
    }
    if (knobs.grid < milliseconds(1) || knobs.grid > knobs.half_life ||
        knobs.half_life > seconds(86'400)) {
        return fail(
            fmt::format("basis half-life {} ms and grid {} ms: give a half-life of up to a day "
                        "and a grid from 1 ms to the half-life",
                        in_milliseconds(knobs.half_life), in_milliseconds(knobs.grid)));
    }
    return {};
}

BasisProcess::BasisProcess(const BasisKnobs& knobs) {
    KEEL_ASSERT(check(knobs).has_value(), "the knobs of a basis were checked where they were read");
    const auto width = [](Bps bps) {
        return must(
            mul_div(in_factor_units(bps), ten_million, percentile_deviations, Rounding::Down));
    };
    median_ = in_factor_units(knobs.median);
    lower_width_ = width(knobs.median - knobs.percentile_1);
    upper_width_ = width(knobs.percentile_99 - knobs.median);
    grid_ = knobs.grid.value();
    const UInt128 decay = half_to_the(grid_, knobs.half_life.value());
    const UInt128 one = static_cast<UInt128>(1) << 62U;
    const UInt128 variance = one - ((decay * decay) >> 62U); // of a shock, in 2^-62
    decay_ = static_cast<std::int64_t>(decay >> (62U - level_bits));
    const auto deviation =
        static_cast<std::int64_t>(square_root(variance << (2 * level_bits - 62U)));
    shock_ = must(mul_div(deviation, sqrt_3, ten_million, Rounding::Down));
}

BasisProcess::State BasisProcess::start(std::uint64_t seed) const {
    State out;
    out.rng = Rng{seed};
    // Anywhere within its distribution, so that runs differ from their first quote on.
    const std::int64_t whole =
        must(mul_div(std::int64_t{1} << level_bits, sqrt_3, ten_million, Rounding::Down));
    out.level = noise(out.rng, whole);
    out.next_step_at = 0;
    return out;
}

} // namespace keel::sim

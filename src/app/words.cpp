#include "app/words.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <fmt/format.h>

#include "base/decimal.hpp"
#include "base/math.hpp"

namespace keel::app {
namespace {

// Edits that turn one word into the other; swapping two neighbours is one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[b.size()];
}

struct SpanUnit {
    std::string_view name;
    std::int64_t ms;
};
constexpr std::array<SpanUnit, 4> span_units{
    {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

} // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> known) {
    std::string_view best;
    // Every short word is near every other: the shorter, the fewer edits count as a slip.
    const std::size_t most = word.size() <= 2   ? 0
                             : word.size() <= 5 ? 1
                                                : std::max<std::size_t>(2, word.size() / 3);
    std::size_t best_distance = most + 1;
    for (const std::string_view candidate : known) {
        std::size_t d = distance(word, candidate);
        // A unit or a qualifier was left out, or added: refresh_age for refresh_age_ms.
        const bool extends =
            candidate.starts_with(word) || word.starts_with(candidate) || candidate.ends_with(word);
        if (extends && std::min(word.size(), candidate.size()) >= 3)
            d = std::min<std::size_t>(d, 1);
        if (d < best_distance) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}

std::string one_of(std::span<const std::string_view> words, bool quoted) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
        out += quoted ? fmt::format("\"{}\"", words[i]) : std::string{words[i]};
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> out;
    for (;;) {
        const std::size_t at = text.find(by);
        out.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at + 1);
    }
}

bool names_a_secret(std::string_view key) {
    std::string lower;
    for (const char c : key) {
        if (c == '-' || c == ' ')
            lower += '_';
        else
            lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    constexpr std::array<std::string_view, 12> signs{
        "secret",  "private", "password", "passphrase", "mnemonic", "seed_phrase",
        "api_key", "apikey",  "token",    "credential", "wallet",   "signer",
    };
    return lower == "key" || lower.ends_with("_key") ||
           std::ranges::any_of(
               signs, [&](std::string_view sign) { return lower.find(sign) != std::string::npos; });
}

Result<Duration> parse_span(std::string_view text) {
    const auto refuse = [&] {
        return fail(
            fmt::format("\"{}\" is not a span of time; write 1h, 90s, 1h30m, 0.5s or 250ms", text));
    };
    std::int64_t total_ms = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789."), rest.size());
        const Result<Decimal> count = parse_decimal(rest.substr(0, digits));
        if (!count) return refuse();
        rest.remove_prefix(digits);
        const std::size_t next = std::min(rest.find_first_of("0123456789"), rest.size());
        const auto unit = std::ranges::find(span_units, rest.substr(0, next), &SpanUnit::name);
        if (unit == span_units.end()) return refuse();
        rest.remove_prefix(next);
        const auto product = checked_mul(count->mantissa, unit->ms);
        if (!product) return refuse();
        const Result<std::int64_t> whole = units_of({*product, count->scale}, {1, 0});
        const auto sum = whole ? checked_add(total_ms, *whole) : std::nullopt;
        if (!sum || *sum > INT64_MAX / 1'000'000) return refuse();
        total_ms = *sum;
    }
    if (text.empty()) return refuse();
    return milliseconds(total_ms);
}

std::string to_string(Duration span) {
    const std::int64_t ms = in_milliseconds(span);
    if (ms < 1'000) return fmt::format("{} ms", ms);
    std::string out;
    const auto add = [&](std::int64_t count, std::string_view unit) {
        if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", count, unit);
    };
    add(ms / 3'600'000, "h");
    add(ms / 60'000 % 60, "min");
    const std::int64_t rest = ms % 60'000;
    if (rest % 1'000 == 0) {
        add(rest / 1'000, "s");
    } else {
        std::string fraction = fmt::format("{:03}", rest % 1'000);
        fraction.erase(fraction.find_last_not_of('0') + 1);
        out += fmt::format("{}{}.{} s", out.empty() ? "" : " ", rest / 1'000, fraction);
    }
    return out;
}

std::string grouped(std::int64_t number) {
    return grouped(std::string_view{fmt::to_string(number)});
}

std::string grouped(std::string_view decimal) {
    const std::size_t first = decimal.starts_with('-') ? 1 : 0;
    const std::size_t point = std::min(decimal.find('.'), decimal.size());
    std::string out{decimal.substr(0, first)};
    for (std::size_t i = first; i < point; ++i) {
        if (i > first && (point - i) % 3 == 0) out += ',';
        out += decimal[i];
    }
    return out.append(decimal.substr(point));
}

} // namespace keel::app

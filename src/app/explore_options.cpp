#include "app/explore_options.hpp"

#include <charconv>

#include <fmt/format.h>

#include "app/words.hpp"

namespace keel::app {

Result<SearchKind> parse_search(std::string_view text) {
    if (text == "auto") return SearchKind::Auto;
    if (text == "exhaustive") return SearchKind::Exhaustive;
    if (text == "random") return SearchKind::Random;
    if (text == "pct") return SearchKind::Pct;
    if (text == "guided") return SearchKind::Guided;
    return fail(
        fmt::format("--search: \"{}\" is none of auto, exhaustive, random, pct, guided", text));
}

Result<void> parse_budget(const std::optional<std::string>& asked, ExploreOptions& into) {
    const std::string_view by_default = into.search == SearchKind::Exhaustive ? "10m" : "60s";
    const std::string_view text = asked ? *asked : by_default;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) {
        if (!(number >= 1 && number <= 1e15)) { // (and it is a number)
            return fail(fmt::format("--budget: {} is not from 1 to 1e15", text));
        }
        into.budget_steps = static_cast<std::uint64_t>(number);
        into.budget_ns = 0;
        return {};
    }
    const Result<Duration> span = parse_span(text);
    if (!span || *span <= Duration{0}) {
        return fail(
            fmt::format("--budget: \"{}\" is neither a time of at least 1ms (60s, 5m, 0.5s) "
                        "nor a number of states or schedules (20000, 1e7)",
                        text));
    }
    into.budget_ns = static_cast<std::uint64_t>(span->value());
    into.budget_steps = 0;
    return {};
}

} // namespace keel::app

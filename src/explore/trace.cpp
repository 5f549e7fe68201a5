#include "explore/trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "explore/scenario_hash.hpp"
#include "explore/stuck.hpp"
#include "explore/words.hpp"

namespace keel::explore {
namespace {

constexpr std::string_view format_line = "keel trace ";
constexpr std::string_view version = "1";
constexpr std::size_t hash_digits = 16;
constexpr RuleInfo settled{"settled", "nothing is broken, and all has come to its end"};
constexpr std::uint32_t any_faults = std::numeric_limits<std::uint32_t>::max();

std::optional<Rule> rule_named(std::string_view name) {
    for (std::size_t n = 0; n < rule_count; ++n) {
        const auto rule = static_cast<Rule>(n);
        if (info(rule).name == name) return rule;
    }
    return std::nullopt;
}

std::string rule_names() {
    std::string out;
    for (std::size_t n = 0; n < rule_count; ++n) {
        if (n > 0) out += n + 1 < rule_count ? ", " : " or ";
        out += info(static_cast<Rule>(n)).name;
        if (n == 0) out += fmt::format(", {}", settled.name);
    }
    return out;
}

std::unexpected<Error> bad_line(std::size_t number, std::string_view what) {
    return fail(fmt::format("line {}: {}", number, what));
}

// Lines that say something, with their numbers.
class Lines {
public:
    explicit Lines(std::string_view text) : rest_(text) {}

    // Nothing: there are no more.
    std::optional<std::string_view> next() {
        while (!rest_.empty()) {
            const std::size_t end = std::min(rest_.find('\n'), rest_.size());
            std::string_view line = rest_.substr(0, end);
            rest_.remove_prefix(std::min(end + 1, rest_.size()));
            ++number_;
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (number_ == 1 || (!line.empty() && !line.starts_with('#'))) return line;
        }
        ++number_;
        return std::nullopt;
    }
    [[nodiscard]] std::size_t number() const { return number_; }

private:
    std::string_view rest_;
    std::size_t number_ = 0;
};

Result<void> read_version(Lines& lines) {
    const std::optional<std::string_view> line = lines.next();
    if (!line || !line->starts_with(format_line)) {
        return bad_line(1, "this is no trace: the first line of one is \"keel trace 1\"");
    }
    const std::string_view found = line->substr(format_line.size());
    if (found != version) {
        return bad_line(1, fmt::format("this is a trace of format \"{}\", and format {} is read "
                                       "here: replay it with the keel that wrote it",
                                       found, version));
    }
    return {};
}

Result<void> read_scenario(Lines& lines, Trace& trace) {
    constexpr std::string_view key = "scenario ";
    constexpr std::string_view wanted =
        "expected \"scenario\", its name and its hash of 16 hexadecimal digits";
    const std::optional<std::string_view> line = lines.next();
    if (!line || !line->starts_with(key)) return bad_line(lines.number(), wanted);
    const std::string_view rest = line->substr(key.size());
    const std::size_t blank = rest.rfind(' ');
    if (blank == std::string_view::npos || blank == 0) return bad_line(lines.number(), wanted);
    const std::string_view digits = rest.substr(blank + 1);
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), trace.scenario_hash, 16);
    if (digits.size() != hash_digits || error != std::errc{} ||
        stop != digits.data() + digits.size()) {
        return bad_line(lines.number(), fmt::format("\"{}\" is no hash: {}", digits, wanted));
    }
    trace.scenario = rest.substr(0, blank);
    return {};
}

Result<void> read_subject_and_verdict(Lines& lines, Trace& trace) {
    constexpr std::string_view key = "expect ";
    constexpr std::string_view subject_key = "subject ";
    std::optional<std::string_view> line = lines.next();
    if (line && line->starts_with(subject_key)) {
        trace.subject = line->substr(subject_key.size());
        if (trace.subject.empty()) return bad_line(lines.number(), "who trades is not named");
        line = lines.next();
    }
    if (!line || !line->starts_with(key)) {
        return bad_line(lines.number(),
                        "expected \"expect\" and the rule that the last step breaks, or none");
    }
    const std::string_view name = line->substr(key.size());
    trace.settles = name == settled.name;
    if (trace.settles) return {};
    const std::optional<Rule> rule = rule_named(name);
    if (!rule) {
        return bad_line(lines.number(),
                        fmt::format("\"{}\" is no rule: name {}", name, rule_names()));
    }
    trace.verdict = *rule;
    return {};
}

Result<void> read_steps(Lines& lines, Trace& trace) {
    while (const std::optional<std::string_view> line = lines.next()) {
        if (line->front() == ' ' || line->back() == ' ') {
            return bad_line(lines.number(), "a step begins and ends without blanks: remove them");
        }
        trace.steps.emplace_back(*line);
    }
    if (trace.steps.empty() && trace.verdict != Rule::None) {
        return bad_line(lines.number(),
                        fmt::format("expected the steps that break {}", info(trace.verdict).name));
    }
    return {};
}

// All that is enabled, what goes as it should before what does not.
std::string what_could(const World& world, std::vector<Choice> enabled) {
    std::ranges::stable_partition(enabled, [](const Choice& one) { return !one.is_fault(); });
    std::string out;
    for (const Choice& one : enabled) {
        out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", words(world, one));
    }
    return out.empty() ? "nothing can" : "what can: " + out;
}

std::string subject_name(const Scenario& scenario) {
    return scenario.subject == nullptr ? std::string{} : scenario.subject->name;
}

Result<void> same_scenario(const Scenario& scenario, const Trace& trace) {
    if (subject_name(scenario) != trace.subject) {
        return fail(fmt::format("the trace is of subject \"{}\", and here trades \"{}\"",
                                trace.subject.empty() ? "keel" : trace.subject,
                                scenario.subject == nullptr ? "keel" : scenario.subject->name));
    }
    if (scenario.name != trace.scenario) {
        return fail(fmt::format("the trace is of scenario \"{}\", and this one is \"{}\": replay "
                                "it in its own",
                                trace.scenario, scenario.name));
    }
    const std::uint64_t hash = hash_of(scenario);
    if (hash != trace.scenario_hash) {
        return fail(fmt::format("scenario \"{}\" has changed: the trace was made when its hash was "
                                "{:016x}, now it is {:016x}. Explore it again; or, if the trace "
                                "should still apply, write the new hash into it",
                                trace.scenario, trace.scenario_hash, hash));
    }
    return {};
}

// What step `number` of `count` has come to (0: before the first), against what is expected.
Result<void> check(Rule broken, Rule verdict, std::size_t number, std::size_t count) {
    const Rule expected = number == count ? verdict : Rule::None;
    if (broken == expected) return {};
    if (broken == Rule::None) {
        return fail(fmt::format("all {} steps happened, and {} is not broken at the end: it was "
                                "expected to be",
                                count, info(expected).name));
    }
    return fail(fmt::format("step {} of {} breaks {} ({}): expected {} {}", number, count,
                            info(broken).name, info(broken).text, info(verdict).name,
                            verdict == Rule::None ? "to be broken" : "at the last step"));
}

} // namespace

RuleInfo expectation(const Trace& trace) { return trace.settles ? settled : info(trace.verdict); }

std::string to_text(const Trace& trace) {
    std::string out = fmt::format("{}{}\nscenario {} {:016x}\n", format_line, version,
                                  trace.scenario, trace.scenario_hash);
    if (!trace.subject.empty()) out += fmt::format("subject {}\n", trace.subject);
    out += fmt::format("expect {}\n\n", expectation(trace).name);
    for (const std::string& step : trace.steps) {
        out += step;
        out += '\n';
    }
    return out;
}

Result<Trace> parse_trace(std::string_view text) {
    Lines lines{text};
    Trace trace;
    if (auto read = read_version(lines); !read) return std::unexpected(read.error());
    if (auto read = read_scenario(lines, trace); !read) return std::unexpected(read.error());
    if (auto read = read_subject_and_verdict(lines, trace); !read)
        return std::unexpected(read.error());
    if (auto read = read_steps(lines, trace); !read) return std::unexpected(read.error());
    return trace;
}

Result<Trace> trace_of(World& world, std::span<const Choice> choices) {
    Trace trace;
    trace.scenario = world.scenario().name;
    trace.scenario_hash = hash_of(world.scenario());
    trace.subject = subject_name(world.scenario());
    std::vector<Choice> scratch;
    for (const Choice& choice : choices) {
        const std::size_t number = trace.steps.size() + 1;
        if (trace.verdict != Rule::None) {
            return fail(fmt::format("step {} breaks {} already: a trace ends where a rule breaks",
                                    number - 1, info(trace.verdict).name));
        }
        if (!world.is_enabled(choice, any_faults)) {
            return fail(fmt::format("step {} of {} cannot happen", number, choices.size()));
        }
        trace.steps.push_back(words(world, choice));
        world.apply(choice);
        trace.verdict = broken_at(world, scratch);
    }
    trace.settles = trace.verdict == Rule::None && world.is_terminal();
    return trace;
}

Result<std::vector<Choice>> replay(World& world, const Trace& trace) {
    if (auto same = same_scenario(world.scenario(), trace); !same) {
        return std::unexpected(same.error());
    }
    const std::size_t count = trace.steps.size();
    std::vector<Choice> made;
    std::vector<Choice> enabled;
    if (auto fine = check(broken_at(world, enabled), trace.verdict, 0, count); !fine) {
        return std::unexpected(fine.error());
    }
    for (const std::string& step : trace.steps) {
        world.enabled(any_faults, enabled);
        const auto found = std::ranges::find_if(
            enabled, [&](const Choice& one) { return words(world, one) == step; });
        if (found == enabled.end()) {
            return fail(
                fmt::format("trace no longer applies at step {}: \"{}\" cannot happen now; {}",
                            made.size() + 1, step, what_could(world, enabled)));
        }
        world.apply(*found);
        made.push_back(*found);
        if (auto fine = check(broken_at(world, enabled), trace.verdict, made.size(), count);
            !fine) {
            return std::unexpected(fine.error());
        }
    }
    if (trace.settles && !world.is_terminal()) {
        world.enabled(0, enabled);
        return fail(fmt::format("all {} steps happened, and it was expected to have settled then; "
                                "{}",
                                count, what_could(world, std::move(enabled))));
    }
    return made;
}

} // namespace keel::explore

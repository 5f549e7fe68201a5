#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "explore/choice.hpp"
#include "explore/rule.hpp"
#include "explore/world.hpp"

namespace keel::explore {

// A way through a scenario, as a file that people read, compare and keep in tests/traces/:
//
//     keel trace 1
//     scenario xemm-cycle 09f3c2d41b7a6e58
//     expect hedged_once
//
//     maker socket-in: new order 7-1-1
//     maker fills: trade 7-1-1, twice
//
// Line by line: the format's version; the scenario's name, and behind the last blank its hash
// (scenario_hash.hpp), 16 digits; then `subject` and who trades, where that is not Keel's desk;
// what comes of it: the name of the rule that the last step breaks (rule.cpp); none; or settled,
// which is none, and that after the last step everything has happened and whoever trades has
// settled; then a step a line, in words (words.hpp). Empty lines and those that begin with # may
// stand anywhere below the first and say nothing.
struct Trace {
    std::string scenario;
    std::uint64_t scenario_hash = 0;
    std::string subject; // empty: Keel's desk
    Rule verdict = Rule::None;
    bool settles = false; // with Rule::None: it ends where a schedule does
    std::vector<std::string> steps;
    bool operator==(const Trace&) const = default;
};

[[nodiscard]] std::string to_text(const Trace& trace);
// What is expected, as the file has it: a rule's name, none or settled; and in a sentence.
[[nodiscard]] RuleInfo expectation(const Trace& trace);
// An error says which line and what to do.
[[nodiscard]] Result<Trace> parse_trace(std::string_view text);

// The trace of choices, which are made in a world that is at its beginning. The verdict is the rule
// that the last of them breaks, or whether all has settled then. Fails if one of them cannot be
// made, or an earlier one breaks a rule.
[[nodiscard]] Result<Trace> trace_of(World& world, std::span<const Choice> choices);

// Does what a trace says, in a world that is at its beginning, and returns the choices that were
// made. Fails if the trace is of another scenario, if a step cannot happen, or if anything but the
// verdict is what comes of it.
[[nodiscard]] Result<std::vector<Choice>> replay(World& world, const Trace& trace);

} // namespace keel::explore

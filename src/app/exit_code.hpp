#pragma once

#include <array>
#include <string>
#include <string_view>

namespace keel::app {

// What a `keel` process says to the script that started it. This table is the only one: help texts
// print it, and every path out of the program names one of its rows.
enum class ExitCode : int {
    Good = 0,
    Violation = 1,
    Usage = 2,
    NotFlat = 3,
    Interrupted = 130,
};

struct ExitMeaning {
    ExitCode code;
    std::string_view meaning;
};

constexpr std::array<ExitMeaning, 5> exit_codes{{
    {ExitCode::Good, "good: ran to the end, flat on evidence, no violation"},
    {ExitCode::Violation,
     "violation: the auditor caught a broken rule, or a replay differs; the report names it"},
    {ExitCode::Usage, "usage, config or record: nothing was started; every error is listed"},
    {ExitCode::NotFlat, "halted, not flat, stopped at once, or its result could not be written"},
    {ExitCode::Interrupted, "interrupted (Ctrl-C), wound down, and flat on evidence"},
}};

// What holds where two rows do.
constexpr std::string_view exit_code_precedence =
    "1 comes before 3, and 3 before 130. Under faults beyond, where the only promise is to halt, "
    "a\n"
    "  halted run is 3 whatever the auditor saw.";

// A result that did not reach its reader: as if the run had not ended well.
constexpr ExitCode code_if_untold(ExitCode code) {
    const bool told_enough = code == ExitCode::Violation || code == ExitCode::Usage;
    return told_enough ? code : ExitCode::NotFlat;
}

constexpr int to_int(ExitCode code) { return static_cast<int>(code); }

// The table as help texts show it, one row a line.
[[nodiscard]] std::string exit_code_help();

} // namespace keel::app

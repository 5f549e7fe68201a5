#include "app/exit_code.hpp"

#include <fmt/format.h>

namespace keel::app {

std::string exit_code_help() {
    std::string out = "Exit codes:\n";
    for (const ExitMeaning& row : exit_codes) {
        out += fmt::format("  {:<3}  {}\n", to_int(row.code), row.meaning);
    }
    out += fmt::format("  {}\n", exit_code_precedence);
    return out;
}

} // namespace keel::app

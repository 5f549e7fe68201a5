#pragma once

#include <string>
#include <vector>

#include "app/console.hpp"

namespace keel::app {

// The whole program: `arguments` as after its name, `program` as it was called. Returns the
// process's exit code, one of exit_codes (app/exit_code.hpp).
[[nodiscard]] int main_with(const std::vector<std::string>& arguments, const Console& console,
                            const std::string& program = "keel");

} // namespace keel::app

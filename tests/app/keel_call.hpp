#pragma once

#include <string>
#include <vector>

namespace keel::app {

struct Said {
    int code = 0;
    std::string out;
    std::string err;
};

// The program as a function: what a shell would get, without a process.
[[nodiscard]] Said keel(const std::vector<std::string>& arguments);

// The exit code of `keel run` on a config of this text; `name` tells tests apart that run at once.
[[nodiscard]] int run_code(const std::string& text, const std::string& name);

} // namespace keel::app

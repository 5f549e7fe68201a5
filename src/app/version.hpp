#pragma once

#include <string>

namespace keel::app {

// "keel 0.1.0 (1a2b3c4d5e6f+changes, release)": for reports.
[[nodiscard]] std::string build_text();

// What `keel --version` prints: version, full commit, compiler and preset, a line each.
[[nodiscard]] std::string version_text();

} // namespace keel::app

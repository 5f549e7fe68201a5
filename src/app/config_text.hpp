#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/toml_tree.hpp"
#include "base/error.hpp"

namespace keel::app {

// Every line is one error: "file:line:column: key: what is wrong, what is allowed".
using ConfigErrors = std::vector<std::string>;

// The whole file. An error says what should have been there (`what`, such as `example`).
[[nodiscard]] Result<std::string> read_config_file(const std::string& path, std::string_view what,
                                                   std::string_view example);

// `file` is how the error names it.
[[nodiscard]] std::expected<TomlNode, ConfigErrors> read_tree(std::string_view text,
                                                              std::string_view file);

} // namespace keel::app

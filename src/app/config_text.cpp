#include "app/config_text.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <fmt/format.h>

namespace keel::app {
namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

} // namespace

Result<std::string> read_config_file(const std::string& path, std::string_view what,
                                     std::string_view example) {
    const std::unique_ptr<std::FILE, CloseFile> file{std::fopen(path.c_str(), "rb")};
    const auto refuse = [&] {
        return fail(fmt::format("{}: cannot be read: {}. Give the path of {}, such as {}", path,
                                std::strerror(errno), what, example));
    };
    if (!file) return refuse();
    std::string text;
    std::array<char, 16'384> buffer{};
    while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
        text.append(buffer.data(), count);
    }
    if (std::ferror(file.get()) != 0) return refuse();
    return text;
}

std::expected<TomlNode, ConfigErrors> read_tree(std::string_view text, std::string_view file) {
    auto tree = read_toml(text);
    if (!tree) {
        const TomlSyntaxError& error = tree.error();
        return std::unexpected(ConfigErrors{fmt::format(
            "{}:{}:{}: not TOML: {}", file, error.place.line, error.place.column, error.text)});
    }
    return std::move(*tree);
}

} // namespace keel::app

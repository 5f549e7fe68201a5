#include "app/version.hpp"

#include <fmt/format.h>

#include "app/build_info.hpp"

namespace keel::app {

std::string build_text() {
    const BuildInfo info = build_info();
    constexpr std::size_t shown = 12; // of the commit's hex digits
    return fmt::format("keel {} ({}{}, {})", info.version, info.commit.substr(0, shown),
                       info.dirty ? "+changes" : "", info.preset);
}

std::string version_text() {
    const BuildInfo info = build_info();
    return fmt::format("keel {}\nbuild    {}{}\ncompiler {}\npreset   {}\n", info.version,
                       info.commit, info.dirty ? " with changes" : "", info.compiler, info.preset);
}

} // namespace keel::app

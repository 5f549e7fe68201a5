#include "app/trace_load.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "app/scenario_file.hpp"

namespace keel::app {
namespace {

constexpr std::string_view trace_head = "keel trace ";

// The scenario of this name that lies beside the trace, or the one in scenarios/.
Result<std::string> scenario_of(const std::string& name, const std::string& trace_path) {
    const std::filesystem::path file = name + ".toml";
    const std::filesystem::path beside = std::filesystem::path{trace_path}.replace_filename(file);
    const std::filesystem::path usual = std::filesystem::path{"scenarios"} / file;
    std::error_code ignored;
    for (const std::filesystem::path& one : {beside, usual}) {
        if (std::filesystem::is_regular_file(one, ignored)) return one.string();
    }
    return fail(fmt::format("it is a trace of scenario {}, and there is neither {} nor {} here in "
                            "{}. Say where it is: --scenario FILE",
                            name, beside.string(), usual.string(),
                            std::filesystem::current_path(ignored).string()));
}

} // namespace

std::string trace_in(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text(trace_head.size(), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file || text != trace_head) return {};
    text.append(std::istreambuf_iterator<char>{file}, {});
    return text;
}

std::expected<LoadedTrace, NoTrace> load_trace(const std::string& text, const std::string& path,
                                               const std::string& scenario_path) {
    const auto no_trace = [](ExitCode code, std::string why) {
        return std::unexpected(NoTrace{code, std::move(why)});
    };
    auto trace = explore::parse_trace(text);
    if (!trace) {
        return no_trace(ExitCode::Usage, fmt::format("keel: {}: {}\n", path, trace.error().text()));
    }
    LoadedTrace out;
    out.trace = std::move(*trace);
    const Result<std::string> found =
        scenario_path.empty() ? scenario_of(out.trace.scenario, path) : scenario_path;
    if (!found) {
        return no_trace(ExitCode::Usage, fmt::format("keel: {}: {}\n", path, found.error().text()));
    }
    out.scenario_path = *found;
    const std::string& subject = out.trace.subject;
    auto loaded = load_scenario_file(out.scenario_path, subject.empty() ? "keel" : subject);
    if (!loaded) {
        std::string errors;
        for (const std::string& error : loaded.error()) errors += error + '\n';
        return no_trace(ExitCode::Usage, std::move(errors));
    }
    out.bases = std::move(loaded->bases);
    const auto scenario = std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
    explore::World tried{scenario};
    auto choices = explore::replay(tried, out.trace);
    if (!choices) {
        return no_trace(ExitCode::Violation, fmt::format("{}: {}\n", path, choices.error().text()));
    }
    out.choices = std::move(*choices);
    out.world = std::make_unique<explore::World>(scenario);
    return out;
}

} // namespace keel::app

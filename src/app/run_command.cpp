#include "app/run_command.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "app/atomic_file.hpp"
#include "app/build_info.hpp"
#include "app/interrupt.hpp"
#include "app/market_setup.hpp"
#include "app/progress.hpp"
#include "app/record_load.hpp"
#include "app/run_report.hpp"
#include "app/version.hpp"
#include "app/words.hpp"
#include "world/record_file.hpp"
#include "world/record_writer.hpp"
#include "world/world.hpp"

namespace keel::app {
namespace {

using Clock = std::chrono::steady_clock;

ExitCode refuse(const Console& console, const ConfigErrors& errors) {
    for (const std::string& error : errors) console.say(error + '\n');
    console.say(fmt::format("keel: {} {} in the config; nothing was started\n", errors.size(),
                            errors.size() == 1 ? "error" : "errors"));
    return ExitCode::Usage;
}

ExitCode refuse(const Console& console, const Error& error) {
    console.say(fmt::format("keel: {}; nothing was started\n", error.text()));
    return ExitCode::Usage;
}

// The files a run writes, opened before it starts: a path that cannot be written is known then.
struct Files {
    std::optional<AtomicFile> json;
    std::optional<world::FileOut> record;
    std::optional<world::HashFile> hashes;

    Result<void> open(const RunOptions& options) {
        if (auto ok = open_one(json, options.json_path, AtomicFile::open); !ok) return ok;
        if (auto ok = open_one(record, options.record_path, world::FileOut::create); !ok) return ok;
        return open_one(hashes, options.hashes_path, world::HashFile::create);
    }

private:
    template <class File, class Open>
    static Result<void> open_one(std::optional<File>& file, const std::string& path, Open open) {
        if (path.empty()) return {};
        Result<File> opened = open(path);
        if (!opened) return std::unexpected(opened.error());
        file.emplace(std::move(*opened));
        return {};
    }
};

world::RecordHeader record_header(const LoadedConfig& config, const world::WorldConfig& world) {
    world::RecordHeader out;
    out.desk = config.run.desk.engine.desk;
    out.epoch = world.first_epoch;
    out.config_hash = short_hash(config.hash);
    out.hash_every = world.hash_every;
    out.start = world.start;
    const std::string_view commit = build_info().commit;
    std::copy_n(commit.begin(), std::min(commit.size(), out.build.size()), out.build.begin());
    out.config = config.effective;
    return out;
}

world::WorldConfig world_config(const RunConfig& config) {
    world::WorldConfig out;
    out.desk = config.desk;
    out.venues = config.venues;
    out.faults = config.faults;
    out.seed = config.seed;
    out.duration = config.duration;
    out.settle_max = config.settle_max;
    return out;
}

// The shell's words for this run again: what a report ends with.
std::string repeat_command(const RunOptions& options, const RunConfig& config) {
    const auto quoted = [](const std::string& word) {
        constexpr std::string_view harmless = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                              "0123456789_-./:,+@%=";
        if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) return word;
        std::string out = "'";
        for (const char c : word) {
            if (c == '\'')
                out += R"('\'')";
            else
                out += c;
        }
        return out + "'";
    };
    std::string out = fmt::format("keel run {} --faults {} --seed {}", quoted(options.config_path),
                                  config.faults.name, config.seed);
    if (options.overrides.duration) {
        out += fmt::format(" --duration {}s", config.duration.value() / 1'000'000'000);
    }
    for (const std::string& file : options.overrides.market_files) {
        out += " --market " + quoted(file);
    }
    return out;
}

void introduce(const LoadedConfig& config, const Console& console) {
    console.say(fmt::format("# The effective config: every knob with its value. SHA-256 {}\n\n{}\n",
                            config.hash, config.effective));
    for (const std::string& warning : config.warnings) console.say(warning + '\n');
}

// Runs the world to its end, with progress and Ctrl-C in between.
class Runner {
public:
    Runner(const world::WorldConfig& setup, const Console& console, bool show_progress)
        : start_(setup.start), duration_(setup.duration), progress_(console, show_progress) {}

    world::RunResult run(world::World& world) {
        const world::RunResult out =
            world.run([&](const world::Progress& at) { return on_progress(world, at); });
        progress_.finish();
        return out;
    }

private:
    world::Go on_progress(const world::World& world, const world::Progress& at) {
        ProgressNumbers numbers;
        numbers.simulated = at.now - start_;
        numbers.total = duration_;
        numbers.is_settling = at.is_settling;
        numbers.events = at.events;
        if (world.is_desk_alive()) {
            const core::Stats& stats = world.desk().engine().stats();
            fills_ = stats.fills;
            alarms_ = stats.alarms;
        }
        numbers.fills = fills_;
        numbers.alarms = alarms_;
        progress_.update(numbers);
        return interrupts_.asked() ? world::Go::WindDown : world::Go::On;
    }

    Timestamp start_;
    Duration duration_;
    Progress progress_;
    Interrupts interrupts_;
    std::uint64_t fills_ = 0;
    std::uint64_t alarms_ = 0;
};

Result<void> write_whole(AtomicFile& file, std::string_view text) {
    if (auto ok = file.write(text); !ok) return ok;
    return file.commit();
}

} // namespace

ExitCode run(const RunOptions& options, const Console& console) {
    const Clock::time_point begin = Clock::now();
    const auto config = load_config_file(options.config_path, options.overrides);
    if (!config) return refuse(console, config.error());
    const auto recording = load_market(config->run.market_files);
    if (!recording) return refuse(console, recording.error());
    Problems problems;
    check_streams(config->run, **recording, problems);
    if (problems.any()) return refuse(console, problems.texts(options.config_path));
    const world::WorldConfig setup = world_config(config->run);
    auto feeds = make_feeds(config->run, *recording, setup.start);
    if (!feeds) return refuse(console, feeds.error());
    Files files;
    if (const auto opened = files.open(options); !opened) return refuse(console, opened.error());
    if (!options.quiet) introduce(*config, console);

    std::optional<world::RecordWriter> writer;
    if (files.record) {
        writer.emplace(record_header(*config, setup), config->run.faults.lost_tail_max,
                       *files.record);
    }
    world::World world{
        setup,
        std::move(*feeds),
        {.record = writer ? &*writer : nullptr, .hashes = files.hashes ? &*files.hashes : nullptr}};
    Runner runner{setup, console, !options.no_progress};
    const world::RunResult result = runner.run(world);

    Report report = report_of(config->run, result, setup.start);
    report.config_path = options.config_path;
    report.config_hash = config->hash;
    report.build = build_text();
    report.repeat = repeat_command(options, config->run);
    report.wall = nanoseconds(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
    console.result(report_text(report, {.colour = console.colour}));
    if (files.json) {
        if (const auto written = write_whole(*files.json, report_json(report)); !written) {
            console.say(fmt::format("keel: {}\n", written.error().text()));
            return std::max(exit_code_of(report), ExitCode::NotFlat);
        }
    }
    return exit_code_of(report);
}

} // namespace keel::app

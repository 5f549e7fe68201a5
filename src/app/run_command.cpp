#include "app/run_command.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "app/build_info.hpp"
#include "app/interrupt.hpp"
#include "app/market_setup.hpp"
#include "app/output_files.hpp"
#include "app/progress.hpp"
#include "app/record_load.hpp"
#include "app/run_report.hpp"
#include "app/version.hpp"
#include "app/watch.hpp"
#include "app/words.hpp"
#include "world/record_file.hpp"
#include "world/record_ring.hpp"
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

// What a run writes, and must not overwrite.
Result<OutputFiles> open_outputs(const RunOptions& options, const RunConfig& config) {
    std::vector<NamedFile> inputs{{"the config it runs", options.config_path}};
    for (const MarketFile& file : config.market_files) {
        inputs.push_back({"a recording it plays", file.path});
    }
    for (const SignalConfig& signal : config.signals) {
        if (!signal.file.empty()) inputs.push_back({"a file of signals it plays", signal.file});
    }
    return OutputFiles::open(
        {.json = options.json_path, .record = options.record_path, .hashes = options.hashes_path},
        inputs);
}

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
    out.outside = config.outside;
    out.seed = config.seed;
    out.duration = config.duration;
    out.settle_max = config.settle_max;
    out.progress_every = 4'096; // often enough to see what keeps a desk from quoting
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
    std::string out = fmt::format("{} run {} --faults {} --seed {}", quoted(options.program),
                                  quoted(options.config_path), config.faults.name, config.seed);
    if (options.overrides.duration) {
        out += fmt::format(" --duration {}s", config.duration.value() / 1'000'000'000);
    }
    for (const std::string& file : options.overrides.market_files) {
        out += " --market " + quoted(file);
    }
    if (options.kill) out += " --kill";
    return out;
}

void introduce(const LoadedConfig& config, const Console& console) {
    console.say(fmt::format("# The effective config: every knob with its value. SHA-256 {}\n\n{}\n",
                            config.hash, config.effective));
    for (const std::string& warning : config.warnings) console.say(warning + '\n');
}

// Runs the world to its end, with progress, alarms and Ctrl-C in between.
class Runner {
public:
    Runner(const RunConfig& config, const world::WorldConfig& setup, const Console& console,
           bool show_progress)
        : console_(console), start_(setup.start), duration_(setup.duration),
          progress_(console, show_progress),
          watch_(config, setup.start, [this](const AlarmRow& alarm) {
              progress_.finish(); // it is drawn again below
              console_.say(fmt::format("keel: alarm: {}\n", line_of(alarm)));
          }) {}

    [[nodiscard]] Watch& watch() { return watch_; }

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
            watch_.look(world.desk().engine());
            const core::Stats& stats = world.desk().engine().stats();
            fills_ = stats.fills;
            alarms_ = stats.alarms;
        }
        numbers.fills = fills_;
        numbers.alarms = alarms_;
        progress_.update(numbers);
        return interrupts_.asked() ? world::Go::WindDown : world::Go::On;
    }

    const Console& console_;
    Timestamp start_;
    Duration duration_;
    Progress progress_;
    Watch watch_;
    Interrupts interrupts_{{"\nkeel: interrupted: no new quotes; cancelling, unwinding and "
                            "verifying. Once more stops at "
                            "once.\n",
                            "\nkeel: stopped at once: nothing was verified, orders may still rest "
                            "and positions may still "
                            "be open. No report was written.\n",
                            ExitCode::NotFlat}};
    std::uint64_t fills_ = 0;
    std::uint64_t alarms_ = 0;
};

// Where events and commands go: a file that grows, or the last of them until the end.
class Recorder {
public:
    Recorder(const RunOptions& options, const world::RecordHeader& header, std::uint32_t tail_max,
             std::FILE* file)
        : out_(options.record_path, file) {
        if (options.record_last > 0) {
            ring_.emplace(header, options.record_last, tail_max);
        } else {
            writer_.emplace(header, tail_max, out_);
        }
    }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    [[nodiscard]] world::RecordSink& sink() {
        if (ring_) return *ring_;
        return *writer_;
    }
    // A ring is written now, whole.
    Result<void> finish() {
        if (!ring_) return {};
        if (auto ok = out_.write(ring_->bytes()); !ok) return ok;
        return out_.flush();
    }

private:
    world::FileOut out_;
    std::optional<world::RecordWriter> writer_;
    std::optional<world::RecordRing> ring_;
};

} // namespace

ExitCode run(const RunOptions& options, const Console& console) {
    const Clock::time_point begin = Clock::now();
    const auto config = load_config_file(options.config_path, options.overrides);
    if (!config) return refuse(console, config.error());
    Problems problems;
    sim::SharedRecording recording;
    if (options.overrides.market_files.empty()) {
        recording = load_market(config->run, problems);
    } else { // no place in the file
        Result<sim::SharedRecording> given = load_market(config->run.market_files);
        if (!given) return refuse(console, given.error().while_doing("--market"));
        recording = std::move(*given);
    }
    if (recording) check_streams(config->run, *recording, problems);
    if (recording) check_worth(config->run, *recording, problems);
    world::WorldConfig setup = world_config(config->run);
    setup.signals = make_signals(config->run.signals, config->run.desk.engine, config->run.seed,
                                 setup.start, problems);
    if (problems.any()) return refuse(console, problems.texts(options.config_path));
    if (options.kill) setup.ends_with = Act::Kill;
    if (options.record_last > 0) {
        setup.snapshot_every = world::RecordRing::snapshot_every(options.record_last);
    }
    auto feeds = make_feeds(config->run, recording, setup.start);
    if (!feeds) return refuse(console, feeds.error());
    auto files = open_outputs(options, config->run);
    if (!files) return refuse(console, files.error());

    std::optional<Recorder> recorder;
    if (files->record) {
        const auto file = files->record->begin();
        if (!file) return refuse(console, file.error());
        recorder.emplace(options, record_header(*config, setup), config->run.faults.lost_tail_max,
                         *file);
    }
    std::optional<world::HashFile> hashes;
    if (files->hashes) {
        const auto file = files->hashes->begin();
        if (!file) return refuse(console, file.error());
        hashes.emplace(world::FileOut{options.hashes_path, *file});
    }
    Runner runner{config->run, setup, console, !options.no_progress}; // Ctrl-C is heard from here
    if (!options.quiet) introduce(*config, console);
    if (recorder) runner.watch().pass_on_to(recorder->sink());
    world::World world{setup,
                       std::move(*feeds),
                       {.record = &runner.watch(), .hashes = hashes ? &*hashes : nullptr}};
    const world::RunResult result = runner.run(world);

    Report report = report_of(config->run, result, setup.start);
    add_watched(report, config->run, runner.watch());
    report.config_path = options.config_path;
    report.config_hash = config->hash;
    report.build = build_text();
    if (!result.is_interrupted) report.repeat = repeat_command(options, config->run);
    if (recorder) {
        if (const auto written = recorder->finish(); !written && report.error.empty()) {
            report.error = written.error().text();
        }
    }
    report.wall = nanoseconds(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
    console.result(report_text(report, {.colour = console.colour}));
    if (files->json) {
        if (const auto written = files->json->write(report_json(report)); !written) {
            console.say(fmt::format("keel: {}\n", written.error().text()));
            return code_if_untold(exit_code_of(report));
        }
    }
    return exit_code_of(report);
}

} // namespace keel::app

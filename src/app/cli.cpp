#include "app/cli.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/config.hpp"
#include "app/exit_code.hpp"
#include "app/explore_command.hpp"
#include "app/order_ref.hpp"
#include "app/replay_command.hpp"
#include "app/run_command.hpp"
#include "app/schema.hpp"
#include "app/timeline_command.hpp"
#include "app/version.hpp"
#include "app/why_command.hpp"
#include "app/words.hpp"

namespace keel::app {
namespace {

// What to type, each under the name the program was called by.
struct Example {
    std::string_view words;
    std::string_view meaning;
};
constexpr std::array<Example, 9> examples{{
    {"run examples/xemm.toml", "a calm simulated hour"},
    {"run examples/xemm.toml --faults harsh --seed 7", "a terrible one, repeatable"},
    {"run desk.toml --json out.json --record run.rec", "for scripts, and for the next"},
    {"why 1-1-17 run.rec", "what happened to one order, and why"},
    {"timeline run.rec --order 1-1-17 -o out.html", "the same, drawn"},
    {"replay run.rec", "does its desk do the same again?"},
    {"explore scenarios/xemm-small.toml --max-faults 1", "every order in which it may happen"},
    {"config check desk.toml", "every error in it, or every knob"},
    {"config schema", "every knob, its unit and meaning"},
}};

std::string example_text(const std::string& program) {
    std::string out = "Examples:\n";
    for (const Example& one : examples) {
        out += fmt::format("  {} {:<48} {}\n", program, one.words, one.meaning);
    }
    return out + '\n';
}

// What the command line asked for.
struct Words {
    RunOptions run;
    std::string seed;
    std::string duration;
    std::string record_last;
    WhyOptions why;
    TimelineOptions timeline;
    std::string timeline_order;
    std::string timeline_from;
    std::string timeline_to;
    std::string timeline_around;
    std::string timeline_within;
    std::string timeline_most;
    ReplayOptions replay;
    ExploreOptions explore;
    std::string explore_search = "auto";
    std::optional<std::string> explore_budget;
    std::string explore_faults;
    std::string explore_depth;
    std::string explore_seed;
    std::string explore_jobs;
    std::string check_path;
};

struct Commands {
    CLI::App* run = nullptr;
    CLI::App* why = nullptr;
    CLI::App* timeline = nullptr;
    CLI::App* replay = nullptr;
    CLI::App* explore = nullptr;
    CLI::App* config = nullptr;
    CLI::App* schema = nullptr;
    CLI::App* check = nullptr;
};

void describe_run(CLI::App& run, Words& words) {
    run.add_option("CONFIG", words.run.config_path, "a desk as TOML; examples/xemm.toml is one")
        ->required()
        ->type_name("");
    run.add_option(
           "--faults", words.run.overrides.faults,
           "calm, rough, harsh, or beyond (halts with an alarm, unless nothing beyond the fault "
           "model happened)")
        ->type_name("PROFILE");
    run.add_option("--seed", words.seed, "same config and seed: same run")->type_name("N");
    run.add_option("--duration", words.duration, "simulated time of quoting: 1h, 90s, 1h30m")
        ->type_name("SPAN");
    run.add_option("--market", words.run.overrides.market_files,
                   "a recording, FILE or FILE:SYMBOL; more than one are merged by time")
        ->type_name("FILE")
        ->expected(1)
        ->take_all();
    run.add_option("--json", words.run.json_path, "write the report for scripts")
        ->type_name("FILE");
    run.add_option("--record", words.run.record_path,
                   "write every event and command, for keel why and keel replay")
        ->type_name("FILE");
    run.add_option("--record-last", words.record_last,
                   "of these only the last N at least, kept in memory and written at the end")
        ->type_name("N");
    run.add_option("--hashes", words.run.hashes_path, "write the state hash every 1,000 events")
        ->type_name("FILE");
    run.add_flag("--kill", words.run.kill,
                 "pull the kill switch at the end, instead of winding down: cancel all, close all, "
                 "flat only on evidence (exit code 3, as the desk stays halted)");
    run.add_flag("--quiet,-q", words.run.quiet, "do not print the effective config");
    run.add_flag("--no-progress", words.run.no_progress, "do not print progress");
    run.footer("Ctrl-C once: no new quotes; cancel, unwind, verify, report. Twice: stop at once.\n"
               "Only the report goes to standard output. NO_COLOR is respected.\n\n" +
               exit_code_help());
}

void describe_timeline(CLI::App& drawn, Words& words) {
    drawn
        .add_option("RECORD,--record", words.timeline.record_path,
                    "what keel run --record wrote, or a trace of keel explore")
        ->required()
        ->type_name("");
    drawn
        .add_option("-o,--out", words.timeline.out_path,
                    "write a page (.html) or a picture (.svg); without it, draw here")
        ->type_name("FILE");
    drawn
        .add_option("--scenario", words.timeline.scenario_path,
                    "of a trace; without it NAME.toml beside it, or in scenarios/")
        ->type_name("FILE");
    drawn
        .add_option("--order", words.timeline_order,
                    "one order and all of its correlation, from quote to hedge")
        ->type_name("ID");
    drawn.add_option("--from", words.timeline_from, "seconds from the record's start, or 3m30s")
        ->type_name("TIME");
    drawn.add_option("--to", words.timeline_to, "up to this time")->type_name("TIME");
    drawn.add_option("--around", words.timeline_around, "what was before and after this event")
        ->type_name("EVENT");
    drawn
        .add_option(
            "--within", words.timeline_within,
            fmt::format("how much before and after it ({})", to_string(TimelineSelection{}.within)))
        ->type_name("SPAN");
    drawn.add_flag("--market", words.timeline.selection.market,
                   "draw every book, and not only those on which something was done");
    drawn
        .add_option("--most", words.timeline_most,
                    fmt::format("refuse to draw more messages than this ({})",
                                TimelineSelection{}.messages_max))
        ->type_name("N");
    drawn.footer(
        "What is given together holds together: an order's messages of these times. Nothing is\n"
        "left out silently: a selection with too many messages is refused, with their number.\n"
        "A trace is drawn whole, step by step.\n"
        "Exit code 0: drawn; 1: the trace does not lead where it says; 2: usage, or no whole\n"
        "record (what is there was drawn); 3: FILE could not be written.\n");
}

void describe_explore(CLI::App& explored, Words& words) {
    explored
        .add_option("SCENARIO", words.explore.scenario_paths,
                    "what may happen, as TOML; scenarios/ has some")
        ->required()
        ->type_name("");
    explored
        .add_option("--subject", words.explore.subject,
                    "who trades: keel, or a naive twin; without it as the scenario says")
        ->type_name("NAME");
    explored
        .add_option("--search", words.explore_search,
                    "exhaustive: every state; random, pct, guided: schedules drawn from the seed; "
                    "auto: half of the steps for the first, the others by what is new to them "
                    "(auto)")
        ->type_name("KIND");
    explored
        .add_option("--budget", words.explore_budget,
                    "for each scenario: a time (60s, 0.5s, 5m), or a number of states or schedules "
                    "(20000, 1e7) (60s; of exhaustive, which ends by itself, 10m)")
        ->type_name("BUDGET");
    explored
        .add_option("--max-faults", words.explore_faults,
                    "at most so many in one schedule; exhaustive goes up from none (1)")
        ->type_name("N");
    explored.add_option("--depth", words.explore_depth, "at most so many steps (10000)")
        ->type_name("N");
    explored.add_option("--seed", words.explore_seed, "of schedules: same seed, same schedules")
        ->type_name("N");
    explored
        .add_option("--jobs", words.explore_jobs,
                    "threads that search at once; exhaustive finds the same with any number of "
                    "them, the others draw other schedules (1)")
        ->type_name("N");
    explored.add_option("--json", words.explore.json_path, "write the report for scripts")
        ->type_name("FILE");
    explored
        .add_option("--save", words.explore.save_path,
                    "write the trace of each broken rule into this directory, for keel replay")
        ->type_name("DIR");
    explored.add_flag("--cover", words.explore.cover,
                      "fail if a kind of fault was not met in every situation where it can be");
    explored.add_flag(
        "--no-guards", words.explore.no_guards,
        "do not try, for the JSON of a search that closed, which of Keel's guards the "
        "scenario needs; it takes about a minute");
    explored.add_flag("--no-progress", words.explore.no_progress, "do not print progress");
    explored.footer(
        "A search is complete when every state that the scenario allows with so many faults was\n"
        "seen; only then does it prove anything. docs/explorer.md says what is a state.\n"
        "Exit code 0: no rule was broken; 1: one was, and its shortest known trace is printed, or\n"
        "--cover found what was never tried; 2: usage or scenario; 3: a result could not be\n"
        "written; 130: interrupted.\n");
}

Commands describe(CLI::App& app, Words& words, const std::string& program) {
    app.name(program);
    app.description(
        "Keel, an execution engine for trading bots that stays right when messages come "
        "late,\ntwice, out of order, or never. Today it trades simulated venues.");
    app.footer(example_text(program) + exit_code_help());
    app.set_version_flag("--version", version_text(), "version, build, compiler and preset");
    app.require_subcommand(1);

    Commands out;
    out.run = app.add_subcommand("run", "trade a desk on its venues, and report");
    describe_run(*out.run, words);

    out.why = app.add_subcommand("why", "the life of one order, from a record");
    out.why->add_option("ORDER", words.why.order, "desk-epoch-counter, such as 1-1-17, or packed")
        ->required()
        ->type_name("");
    out.why->add_option("RECORD,--record", words.why.record_path, "what keel run --record wrote")
        ->required()
        ->type_name("");

    out.timeline =
        app.add_subcommand("timeline", "a trace, or a part of a record, as a sequence diagram");
    describe_timeline(*out.timeline, words);

    out.replay = app.add_subcommand("replay", "does a record or a trace do the same again?");
    out.replay
        ->add_option("RECORD", words.replay.record_path,
                     "what keel run --record wrote, or a trace of keel explore")
        ->required()
        ->type_name("");
    out.replay
        ->add_option("--scenario", words.replay.scenario_path,
                     "of a trace; without it NAME.toml beside it, or in scenarios/")
        ->type_name("FILE");
    out.replay
        ->add_option("--after", words.replay.after,
                     "begin at the last snapshot not after this event, not at the first event")
        ->type_name("EVENT");
    out.replay->footer(
        "Exit code 0: the same commands and state hashes; 1: it differs, and at which event;\n"
        "2: the file is no whole record (what is there was compared).\n"
        "Of a trace: 0: it breaks the rule that it says, at its last step, or none if it says\n"
        "none; 1: it does not, or a step cannot happen any more; 2: it cannot be read.\n");

    out.explore = app.add_subcommand("explore", "search every order in which things may happen");
    describe_explore(*out.explore, words);

    out.config = app.add_subcommand("config", "what a config may say, and whether one is good");
    out.config->require_subcommand(1);
    out.schema = out.config->add_subcommand("schema", "every knob with unit, default and meaning");
    out.check = out.config->add_subcommand("check", "every error, or every knob with its value");
    out.check->add_option("CONFIG", words.check_path, "a desk as TOML")->required()->type_name("");
    return out;
}

int refuse(const Console& console, std::string_view text) {
    console.say(fmt::format("keel: {}\n", text));
    return to_int(ExitCode::Usage);
}

ExitCode check(const std::string& path, const Console& console) {
    const auto config = load_config_file(path);
    if (!config) {
        for (const std::string& error : config.error()) console.say(error + '\n');
        return ExitCode::Usage;
    }
    for (const std::string& warning : config->warnings) console.say(warning + '\n');
    console.result(config->effective);
    return ExitCode::Good;
}

// A whole decimal number and nothing else; what does not fit is not cut to what does.
Result<std::int64_t> parse_number(std::string_view option, std::string_view text,
                                  std::int64_t least,
                                  std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
    std::int64_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    if (is_whole && out >= least && out <= most) return out;
    return fail(
        fmt::format("{}: \"{}\" is not a whole number from {} to {}", option, text, least, most));
}

Result<void> read_run_words(Words& words) {
    RunOptions& run = words.run;
    if (!words.seed.empty()) {
        const auto seed = parse_number("--seed", words.seed, 0);
        if (!seed) return std::unexpected(seed.error());
        run.overrides.seed = *seed;
    }
    if (!words.duration.empty()) {
        const Result<Duration> duration = parse_span(words.duration);
        if (!duration) return std::unexpected(duration.error().while_doing("--duration"));
        run.overrides.duration = *duration;
    }
    if (!words.record_last.empty()) {
        const auto last = parse_number("--record-last", words.record_last, 1);
        if (!last) return std::unexpected(last.error());
        if (run.record_path.empty()) return fail("--record-last: needs --record FILE");
        run.record_last = static_cast<std::uint64_t>(*last);
    }
    return {};
}

Result<void> read_explore_words(Words& words) {
    ExploreOptions& out = words.explore;
    const Result<SearchKind> kind = parse_search(words.explore_search);
    if (!kind) return std::unexpected(kind.error());
    out.search = *kind;
    if (const auto budget = parse_budget(words.explore_budget, out); !budget) return budget;
    const auto number = [](std::string_view option, const std::string& text, std::int64_t least,
                           std::int64_t most, auto& into) -> Result<void> {
        if (text.empty()) return {};
        const auto value = parse_number(option, text, least, most);
        if (!value) return std::unexpected(value.error());
        into = static_cast<std::remove_reference_t<decltype(into)>>(*value);
        return {};
    };
    if (auto read = number("--max-faults", words.explore_faults, 0, 100, out.max_faults); !read) {
        return read;
    }
    if (auto read = number("--depth", words.explore_depth, 1, 1'000'000, out.depth); !read) {
        return read;
    }
    if (auto read = number("--jobs", words.explore_jobs, 1, 64, out.jobs); !read) return read;
    return number("--seed", words.explore_seed, 0, INT64_MAX, out.seed);
}

Result<void> read_timeline_words(Words& words) {
    TimelineSelection& out = words.timeline.selection;
    const auto number = [](std::string_view option, const std::string& text, std::int64_t least,
                           auto& into) -> Result<void> {
        if (text.empty()) return {};
        const auto value = parse_number(option, text, least);
        if (!value) return std::unexpected(value.error());
        into = static_cast<std::uint64_t>(*value);
        return {};
    };
    const auto time = [](std::string_view option, const std::string& text,
                         std::optional<Duration>& into) -> Result<void> {
        if (text.empty()) return {};
        const Result<Duration> value = parse_record_time(text);
        if (!value) return std::unexpected(value.error().while_doing(option));
        into = *value;
        return {};
    };
    if (!words.timeline_order.empty()) {
        const Result<ClOrdID> id = parse_order(words.timeline_order);
        if (!id) return std::unexpected(id.error().while_doing("--order"));
        out.order = *id;
    }
    if (auto ok = time("--from", words.timeline_from, out.from); !ok) return ok;
    if (auto ok = time("--to", words.timeline_to, out.to); !ok) return ok;
    if (auto ok = number("--around", words.timeline_around, 1, out.around); !ok) return ok;
    if (auto ok = number("--most", words.timeline_most, 1, out.messages_max); !ok) return ok;
    if (!words.timeline_within.empty()) {
        const Result<Duration> within = parse_span(words.timeline_within);
        if (!within) return std::unexpected(within.error().while_doing("--within"));
        if (!out.around) return fail("--within: needs --around EVENT");
        out.within = *within;
    }
    return {};
}

int perform(const Commands& commands, Words& words, const Console& console) {
    if (commands.run->parsed()) {
        if (const auto good = read_run_words(words); !good) {
            return refuse(console, good.error().text());
        }
        return to_int(run(words.run, console));
    }
    if (commands.timeline->parsed()) {
        if (const auto good = read_timeline_words(words); !good) {
            return refuse(console, good.error().text());
        }
        return to_int(timeline(words.timeline, console));
    }
    if (commands.why->parsed()) return to_int(why(words.why, console));
    if (commands.replay->parsed()) return to_int(replay(words.replay, console));
    if (commands.explore->parsed()) {
        if (const auto good = read_explore_words(words); !good) {
            return refuse(console, good.error().text());
        }
        return to_int(explore(words.explore, console));
    }
    if (commands.check->parsed()) return to_int(check(words.check_path, console));
    console.result(schema_text());
    return to_int(ExitCode::Good);
}

// What the parser would take for something else: an empty word, an option with nothing behind its
// "=", a command that does not exist.
std::optional<std::string> strange_word(const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word.empty()) {
            return i > 0 && arguments[i - 1].starts_with("--")
                       ? fmt::format("{}: is empty; give a value or leave it out.",
                                     arguments[i - 1])
                       : "an argument is empty; give a value or leave it out.";
        }
        if (word.starts_with("--") && word.ends_with("=") && word.find('=') + 1 == word.size()) {
            return fmt::format("{}: is empty; give a value or leave it out.",
                               word.substr(0, word.size() - 1));
        }
    }
    constexpr std::array<std::string_view, 6> commands{"run",    "why",     "timeline",
                                                       "replay", "explore", "config"};
    if (arguments.empty() || arguments.front().starts_with('-')) return std::nullopt;
    const std::string& first = arguments.front();
    if (std::ranges::find(commands, first) != commands.end()) return std::nullopt;
    const std::string_view meant = nearest(first, commands);
    return meant.empty()
               ? fmt::format("\"{}\" is no command; there are {}.", first, one_of(commands, false))
               : fmt::format("\"{}\" is no command; did you mean \"{}\"?", first, meant);
}

int parse_and_perform(const std::vector<std::string>& arguments, const Console& console,
                      const std::string& program) {
    const std::string hint = fmt::format("`{} --help` shows how it is used", program);
    if (const auto strange = strange_word(arguments)) {
        return refuse(console, fmt::format("{} {}", *strange, hint));
    }
    CLI::App app;
    Words words;
    words.run.program = program;
    const Commands commands = describe(app, words, program);
    try {
        std::vector<std::string> reversed{arguments.rbegin(),
                                          arguments.rend()}; // as CLI11 wants it
        app.parse(std::move(reversed));
    } catch (const CLI::CallForVersion& version) {
        console.result(version.what());
        return to_int(ExitCode::Good);
    } catch (const CLI::Success&) { // --help, at whichever command
        const CLI::App* asked = &app;
        std::string above; // the words before its name
        while (!asked->get_subcommands().empty()) {
            above += (above.empty() ? "" : " ") + asked->get_name();
            asked = asked->get_subcommands().front();
        }
        console.result(asked->help(above));
        return to_int(ExitCode::Good);
    } catch (const CLI::ParseError& error) {
        std::string what = error.what();
        if (what == "--record is required") { // it is named by the option that it may be given by
            what = commands.timeline->parsed()
                       ? "RECORD is required: a record or a trace, as FILE or --record FILE"
                       : "RECORD is required: as FILE or --record FILE";
        }
        return refuse(console, fmt::format("{}. {}", what, hint));
    }
    return perform(commands, words, console);
}

} // namespace

int main_with(const std::vector<std::string>& arguments, const Console& console,
              const std::string& program) {
    const int code = parse_and_perform(arguments, console, program);
    if (console.has_told_results()) return code;
    console.say("keel: standard output cannot be written: what belongs there is lost. Run it again "
                "with a reader that stays, or with --json FILE\n");
    return to_int(code_if_untold(static_cast<ExitCode>(code)));
}

} // namespace keel::app

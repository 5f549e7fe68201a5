#include "app/explore_command.hpp"

#include <charconv>
#include <chrono>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/fault_coverage.hpp"
#include "app/interrupt.hpp"
#include "app/memory.hpp"
#include "app/output_file.hpp"
#include "app/scenario_file.hpp"
#include "app/words.hpp"
#include "explore/search.hpp"
#include "explore/shrink.hpp"
#include "explore/trace.hpp"

namespace keel::app {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string count(std::uint64_t number) { return grouped(static_cast<std::int64_t>(number)); }

// A rule that was broken, shrunk.
struct Broken {
    explore::Rule rule = explore::Rule::None;
    std::string search;
    std::size_t found_steps = 0;
    std::uint64_t found_schedules = 0; // 0: not by schedules
    std::uint64_t found_transitions = 0;
    std::string report; // of shrinking
    std::string trace;  // as text
    std::size_t steps = 0;
    std::size_t faults = 0;
    std::string saved; // where, if anywhere
};

// One search with one number of faults.
struct Pass {
    std::string search;
    std::uint32_t max_faults = 0;
    explore::SearchResult result;
    explore::PctBound bound; // of pct
    std::uint32_t depth = 0;
    double seconds = 0;
};

struct Outcome {
    std::string path;
    std::string name;
    std::string subject;
    std::string hash;
    std::vector<Pass> passes;
    std::vector<Broken> broken;
    FaultCoverage faults;
    double seconds = 0;
    bool is_interrupted = false;
    bool is_memory_full = false; // half of the machine's, by what an exhaustive search keeps
};

class Exploration {
public:
    Exploration(const ExploreOptions& options, const Console& console, const Interrupts& interrupts)
        : options_(&options), console_(&console), interrupts_(&interrupts) {}

    // Errors have been told.
    std::optional<Outcome> run(const std::string& path) {
        auto loaded = load_scenario_file(path, options_->subject);
        if (!loaded) {
            for (const std::string& error : loaded.error()) console_->say(error + '\n');
            return std::nullopt;
        }
        if (options_->cover && loaded->scenario.subject != nullptr) {
            console_->say(
                "keel: --cover: what a twin is doing when a fault comes is not known; it is "
                "asked of Keel's own desk (--subject keel)\n");
            return std::nullopt;
        }
        out_ = {};
        out_.path = path;
        out_.name = loaded->scenario.name;
        out_.hash = loaded->hash;
        out_.subject =
            loaded->scenario.subject == nullptr ? "keel" : loaded->scenario.subject->name;
        scenario_ = std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
        started_ = Clock::now();
        switch (options_->search) {
        case SearchKind::Exhaustive: deepen(budget()); break;
        case SearchKind::Random: draw_random(); break;
        case SearchKind::Pct: draw_pct(); break;
        case SearchKind::Auto:
            // Half of the time for closing it; then schedules with more faults than that.
            deepen(budget() / 2);
            if (!is_through()) draw_random();
            if (!is_through()) draw_pct();
            break;
        }
        out_.seconds = seconds_since(started_);
        out_.faults = {*scenario_, options_->max_faults};
        for (const Pass& pass : out_.passes) out_.faults.met(pass.result.tally.faults);
        clear_line();
        return std::move(out_);
    }

private:
    [[nodiscard]] double budget() const {
        return options_->budget_ns == 0 ? 1e18 : static_cast<double>(options_->budget_ns) / 1e9;
    }
    [[nodiscard]] bool is_through() const {
        return out_.is_interrupted || !out_.broken.empty() || seconds_since(started_) >= budget();
    }
    [[nodiscard]] explore::Bounds bounds(std::uint32_t faults) const {
        explore::Bounds out;
        out.max_faults = faults;
        out.depth_max = options_->depth;
        if (options_->budget_steps != 0) out.states_max = options_->budget_steps;
        return out;
    }
    [[nodiscard]] std::uint64_t schedules() const {
        return options_->budget_steps == 0 ? UINT64_MAX : options_->budget_steps;
    }

    // Says where it is, and stops it when its time is over.
    explore::OnTally watch(const std::string& what, double until) {
        return [this, what, until](const explore::Tally& tally) {
            if (interrupts_->asked()) out_.is_interrupted = true;
            out_.is_memory_full = out_.is_memory_full || tally.bytes > machine_bytes() / 2;
            show(what, tally);
            return !out_.is_interrupted && !out_.is_memory_full && seconds_since(started_) < until;
        };
    }

    template <class Search>
    void pass(const std::string& name, std::uint32_t faults, double until, const Search& search) {
        Pass pass;
        pass.search = name;
        pass.max_faults = faults;
        const Clock::time_point start = Clock::now();
        explore::World world{scenario_};
        pass.result =
            search(world, watch(fmt::format("{}, at most {} faults", name, faults), until), pass);
        pass.seconds = seconds_since(start);
        for (const explore::Finding& finding : pass.result.findings) note(name, finding);
        out_.passes.push_back(std::move(pass));
    }

    void deepen(double until) {
        for (std::uint32_t faults = 0; faults <= options_->max_faults; ++faults) {
            pass("exhaustive", faults, until,
                 [&](explore::World& world, const explore::OnTally& on, Pass&) {
                     return explore::exhaustive(world, bounds(faults), on);
                 });
            const bool closed = out_.passes.back().result.is_complete;
            if (!closed || !out_.broken.empty() || out_.is_interrupted) return;
        }
    }
    void draw_random() {
        const double until =
            options_->search == SearchKind::Random ? budget() : (budget() + since_start()) / 2;
        pass("random", options_->max_faults, until,
             [&](explore::World& world, const explore::OnTally& on, Pass&) {
                 return explore::random(world, bounds(options_->max_faults), options_->seed,
                                        schedules(), on);
             });
    }
    void draw_pct() {
        for (std::uint32_t d = 1; d <= 4 && !is_through(); ++d) {
            const double until = since_start() + (budget() - since_start()) / (5 - d);
            pass("pct", options_->max_faults, until,
                 [&](explore::World& world, const explore::OnTally& on, Pass& pass) {
                     pass.depth = d;
                     return explore::pct(world, bounds(options_->max_faults), options_->seed + d,
                                         schedules(), d, pass.bound, on);
                 });
        }
    }
    [[nodiscard]] double since_start() const { return seconds_since(started_); }

    void note(const std::string& search, const explore::Finding& finding) {
        Broken broken;
        broken.rule = finding.rule;
        broken.search = search;
        broken.found_steps = finding.path.size();
        broken.found_schedules = finding.schedule;
        broken.found_transitions = finding.transition;
        std::vector<explore::Choice> steps = finding.path;
        // (Of a wedge that only the search sees there is nothing to leave out: no step breaks a
        // rule.)
        if (const auto shrunk = explore::shrink(scenario_, finding.path)) {
            steps = shrunk->steps;
            broken.report = explore::to_text(*shrunk);
        }
        broken.steps = steps.size();
        for (const explore::Choice& one : steps) broken.faults += one.is_fault() ? 1U : 0U;
        explore::World world{scenario_};
        if (const auto trace = explore::trace_of(world, steps)) {
            broken.trace = explore::to_text(*trace);
        }
        if (!options_->save_path.empty()) save(broken);
        out_.broken.push_back(std::move(broken));
    }

    void save(Broken& broken) {
        const std::string name =
            fmt::format("{}-{}{}.trace", scenario_->name,
                        scenario_->subject == nullptr ? "" : scenario_->subject->name + "-",
                        explore::info(broken.rule).name);
        const std::string path = (std::filesystem::path{options_->save_path} / name).string();
        const auto written = [&]() -> Result<void> {
            const Result<FilePlace> place = look_at(path);
            if (!place) return std::unexpected(place.error());
            Result<WholeFile> file = WholeFile::open(*place);
            if (!file) return std::unexpected(file.error());
            return file->write(broken.trace);
        }();
        if (written) {
            broken.saved = path;
        } else {
            console_->say(fmt::format("keel: --save: {}\n", written.error().text()));
        }
    }

    // A line that is written over on a terminal, and now and then one of its own elsewhere.
    void show(const std::string& what, const explore::Tally& tally) {
        if (options_->no_progress) return;
        const double now = seconds_since(started_);
        if (now < next_shown_) return;
        next_shown_ = now + (console_->err_is_terminal ? 0.25 : 10);
        const std::uint64_t done = tally.schedules > 0 ? tally.schedules : tally.states;
        const std::string line = fmt::format(
            "{}: {}: {} {}, {} steps, {} a second, {} broken", out_.name, what, count(done),
            tally.schedules > 0 ? "schedules" : "states", count(tally.transitions),
            count(
                static_cast<std::uint64_t>(static_cast<double>(tally.transitions) / (now + 1e-9))),
            out_.broken.size());
        console_->say(console_->err_is_terminal ? "\r\x1b[K" + line : line + '\n');
        is_line_open_ = console_->err_is_terminal;
    }
    void clear_line() {
        if (is_line_open_) console_->say("\r\x1b[K");
        is_line_open_ = false;
        next_shown_ = 0;
    }

    const ExploreOptions* options_;
    const Console* console_;
    const Interrupts* interrupts_;
    std::shared_ptr<const explore::Scenario> scenario_;
    Outcome out_;
    Clock::time_point started_;
    double next_shown_ = 0;
    bool is_line_open_ = false;
};

double expected_omissions(const explore::Tally& tally) {
    const auto states = static_cast<double>(tally.states);
    return states * states / 0x1p65;
}

bool is_closed(const Outcome& outcome, std::uint32_t max_faults) {
    for (const Pass& pass : outcome.passes) {
        if (pass.search == "exhaustive" && pass.max_faults == max_faults) {
            return pass.result.is_complete;
        }
    }
    return false;
}

std::string text_of(const Pass& pass) {
    const explore::Tally& tally = pass.result.tally;
    if (pass.search == "exhaustive") {
        return fmt::format(
            "  {}: {} states, {} transitions, at most {} faults, {} ends, {:.1f} s "
            "({} states a second; {:.1e} states expected to be missed, as two of one hash)\n",
            pass.result.is_complete  ? "complete"
            : pass.result.is_stopped ? "stopped"
                                     : "not complete: cut by depth or horizon, or a budget of the "
                                       "desk was half used",
            count(tally.states), count(tally.transitions), pass.max_faults, count(tally.terminals),
            pass.seconds,
            count(static_cast<std::uint64_t>(static_cast<double>(tally.states) / pass.seconds)),
            expected_omissions(tally));
    }
    std::string out = fmt::format(
        "  {}: {} schedules, {} steps, at most {} faults, {:.1f} s ({} schedules a second)",
        pass.depth > 0 ? fmt::format("pct, d = {}", pass.depth) : pass.search,
        count(tally.schedules), count(tally.transitions), pass.max_faults, pass.seconds,
        count(static_cast<std::uint64_t>(static_cast<double>(tally.schedules) / pass.seconds)));
    if (tally.cut > 0) out += fmt::format("; {} cut by depth or horizon", count(tally.cut));
    if (pass.depth > 0) {
        out += fmt::format("; what needs {} events in one order and no fault is met in each with a "
                           "probability of at least {:.1e} ({} actors, {} steps)",
                           pass.depth, pass.bound.probability, pass.bound.actors, pass.bound.steps);
    }
    return out + '\n';
}

std::string text_of(const Outcome& outcome) {
    std::string out =
        outcome.subject == "keel"
            ? fmt::format("{} ({})\n", outcome.name, outcome.path)
            : fmt::format("{}, traded by {} ({})\n", outcome.name, outcome.subject, outcome.path);
    for (const Pass& pass : outcome.passes) out += text_of(pass);
    for (const Broken& one : outcome.broken) {
        out += fmt::format(
            "\n  BROKEN {}: {}\n  found by {} in {} steps, {}after {} transitions\n",
            explore::info(one.rule).name, explore::info(one.rule).text, one.search, one.found_steps,
            one.found_schedules == 0 ? ""
                                     : fmt::format("in schedule {}, ", count(one.found_schedules)),
            count(one.found_transitions));
        if (!one.report.empty()) out += one.report;
        out += '\n' + one.trace;
        if (!one.saved.empty()) out += fmt::format("\n  saved: {}\n", one.saved);
    }
    if (outcome.is_memory_full) {
        out += "  the exhaustive search had half of the machine's memory, and was stopped\n";
    }
    if (outcome.broken.empty()) out += "  no rule was broken\n";
    return out + outcome.faults.text();
}

Json json_of(const Pass& pass) {
    const explore::Tally& tally = pass.result.tally;
    Json out;
    out["search"] = pass.search;
    out["max_faults"] = pass.max_faults;
    out["complete"] = pass.result.is_complete;
    out["states"] = tally.states;
    out["transitions"] = tally.transitions;
    out["schedules"] = tally.schedules;
    out["terminal_states"] = tally.terminals;
    out["cut"] = tally.cut;
    out["deepest"] = tally.depth;
    out["longest_simulated_seconds"] = static_cast<double>(tally.longest.value()) / 1e9;
    out["wall_seconds"] = pass.seconds;
    out["set_bytes_per_state"] = tally.states == 0 ? 0.0
                                                   : static_cast<double>(tally.set_bytes) /
                                                         static_cast<double>(tally.states);
    out["expected_hash_omissions"] = expected_omissions(tally);
    if (pass.depth > 0) {
        out["pct"] = {{"d", pass.depth},
                      {"actors", pass.bound.actors},
                      {"steps", pass.bound.steps},
                      {"probability", pass.bound.probability}};
    }
    return out;
}

Json json_of(const Outcome& outcome, const ExploreOptions& options) {
    Json out;
    out["scenario"] = outcome.name;
    out["subject"] = outcome.subject;
    out["path"] = outcome.path;
    out["scenario_hash"] = outcome.hash;
    out["complete"] = is_closed(outcome, options.max_faults);
    out["interrupted"] = outcome.is_interrupted;
    out["max_faults"] = options.max_faults;
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    std::uint64_t schedules = 0;
    std::uint64_t terminals = 0;
    for (const Pass& pass : outcome.passes) {
        const explore::Tally& tally = pass.result.tally;
        states = std::max(states, tally.states); // each pass sees those of the one before again
        terminals = std::max(terminals, tally.terminals);
        transitions += tally.transitions;
        schedules += tally.schedules;
    }
    out["states"] = states;
    out["transitions"] = transitions;
    out["schedules"] = schedules;
    out["terminal_states"] = terminals;
    out["wall_seconds"] = outcome.seconds;
    out["violations"] = outcome.broken.size();
    out["violation_list"] = Json::array();
    for (const Broken& one : outcome.broken) {
        out["violation_list"].push_back({{"rule", explore::info(one.rule).name},
                                         {"text", explore::info(one.rule).text},
                                         {"search", one.search},
                                         {"found_in_steps", one.found_steps},
                                         {"found_in_schedules", one.found_schedules},
                                         {"found_in_transitions", one.found_transitions},
                                         {"steps", one.steps},
                                         {"faults", one.faults},
                                         {"trace", one.trace},
                                         {"saved", one.saved}});
    }
    out["fault_kinds"] = outcome.faults.json();
    out["fault_kinds_never"] = outcome.faults.never_json();
    out["passes"] = Json::array();
    for (const Pass& pass : outcome.passes) out["passes"].push_back(json_of(pass));
    return out;
}

// --cover: over all scenarios of a command together.
bool is_covered(const std::vector<Outcome>& outcomes, const Console& console) {
    FaultCoverage all;
    for (const Outcome& one : outcomes) all.join(one.faults);
    const Result<void> covered = all.covered();
    console.result(covered ? "\nevery fault that can be met was met in each situation\n"
                           : fmt::format("\nNOT COVERED: {}\n", covered.error().text()));
    return covered.has_value();
}

} // namespace

Result<SearchKind> parse_search(std::string_view text) {
    if (text == "auto") return SearchKind::Auto;
    if (text == "exhaustive") return SearchKind::Exhaustive;
    if (text == "random") return SearchKind::Random;
    if (text == "pct") return SearchKind::Pct;
    return fail(fmt::format("--search: \"{}\" is none of auto, exhaustive, random, pct", text));
}

Result<void> parse_budget(std::string_view text, ExploreOptions& into) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) {
        if (number < 1 || number > 1e15) {
            return fail(fmt::format("--budget: {} is not from 1 to 1e15", text));
        }
        into.budget_steps = static_cast<std::uint64_t>(number);
        into.budget_ns = 0;
        return {};
    }
    const Result<Duration> span = parse_span(text);
    if (!span || *span <= Duration{0}) {
        return fail(fmt::format("--budget: \"{}\" is neither a time (60s, 5m) nor a number of "
                                "states or schedules (20000, 1e7)",
                                text));
    }
    into.budget_ns = static_cast<std::uint64_t>(span->value());
    into.budget_steps = 0;
    return {};
}

ExitCode explore(const ExploreOptions& options, const Console& console) {
    const auto refuse = [&](std::string_view text) {
        console.say(fmt::format("keel: {}\n", text));
        return ExitCode::Usage;
    };
    std::optional<WholeFile> json_file;
    if (!options.json_path.empty()) {
        const Result<FilePlace> place = look_at(options.json_path);
        if (!place) return refuse(place.error().while_doing("--json").text());
        Result<WholeFile> file = WholeFile::open(*place);
        if (!file) return refuse(file.error().while_doing("--json").text());
        json_file = std::move(*file);
    }
    if (!options.save_path.empty() && !std::filesystem::is_directory(options.save_path)) {
        return refuse(fmt::format("--save: {}: is no directory", options.save_path));
    }
    const Interrupts interrupts;
    Exploration exploration{options, console, interrupts};
    std::vector<Outcome> outcomes;
    for (const std::string& path : options.scenario_paths) {
        std::optional<Outcome> outcome = exploration.run(path);
        if (!outcome) return ExitCode::Usage;
        console.result(text_of(*outcome));
        const bool stop = outcome->is_interrupted;
        outcomes.push_back(std::move(*outcome));
        if (stop) break;
    }
    bool any_broken = false;
    bool is_interrupted = false;
    for (const Outcome& one : outcomes) {
        any_broken = any_broken || !one.broken.empty();
        is_interrupted = is_interrupted || one.is_interrupted;
    }
    if (json_file) {
        Json out;
        if (outcomes.size() == 1) {
            out = json_of(outcomes.front(), options);
        } else {
            out["scenarios"] = Json::array();
            for (const Outcome& one : outcomes) out["scenarios"].push_back(json_of(one, options));
        }
        const Result<void> written = json_file->write(out.dump(2) + '\n');
        if (!written) {
            console.say(fmt::format("keel: --json: {}\n", written.error().text()));
            if (!any_broken) return ExitCode::NotFlat;
        }
    }
    if (any_broken) return ExitCode::Violation;
    if (is_interrupted) return ExitCode::Interrupted;
    return options.cover && !is_covered(outcomes, console) ? ExitCode::Violation : ExitCode::Good;
}

} // namespace keel::app

#include "app/explore_command.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/columns.hpp"
#include "app/fault_coverage.hpp"
#include "app/guard_report.hpp"
#include "app/interrupt.hpp"
#include "app/memory.hpp"
#include "app/output_file.hpp"
#include "app/scenario_file.hpp"
#include "app/words.hpp"
#include "explore/campaign.hpp"
#include "explore/necessity.hpp"
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

struct Outcome {
    std::string path;
    std::string name;
    std::string subject;
    std::string hash;
    std::vector<explore::Part> parts;
    std::uint64_t schedule_states = 0; // that schedules came to, all searches together
    std::uint64_t situations = 0;
    bool counts_states = false; // these two
    bool is_coverage_full = false;
    std::vector<Broken> broken;
    FaultCoverage faults;
    std::vector<explore::Need> needs; // of guards, if they were tried
    double guard_seconds = 0;
    double seconds = 0;
    bool is_interrupted = false;
};

std::string_view name_of(SearchKind search) {
    switch (search) {
    case SearchKind::Auto: return "auto";
    case SearchKind::Exhaustive: return "exhaustive";
    case SearchKind::Random: return "random";
    case SearchKind::Pct: return "pct";
    case SearchKind::Guided: return "guided";
    }
    return "";
}

double seconds_of(const explore::Part& part) {
    return static_cast<double>(part.spent.value()) / 1e9;
}

std::uint64_t rate(std::uint64_t number, double seconds) {
    return static_cast<std::uint64_t>(static_cast<double>(number) / (seconds + 1e-9));
}

// Where it stands: what was seen, by which of its searches, and how fast.
std::string progress_words(const explore::Campaign& campaign, SearchKind search, double seconds) {
    std::string out{name_of(search)};
    const explore::Part* level = nullptr; // the last
    explore::Tally drawn;
    std::uint64_t steps = 0;
    std::size_t broken = 0;
    for (const explore::Part* part : campaign.parts()) {
        if (part->search == SearchKind::Exhaustive) {
            level = part;
        } else {
            drawn += part->result.tally;
        }
        steps += part->result.tally.transitions;
        broken += part->result.findings.size();
    }
    if (level != nullptr) {
        out += fmt::format(": {} states with at most {} faults", count(level->result.tally.states),
                           level->max_faults);
    }
    if (drawn.schedules > 0) {
        out += fmt::format(": {} schedules", count(drawn.schedules));
    }
    if (const explore::Coverage& seen = campaign.coverage(); seen.states() > 0) {
        out += fmt::format(" to {} states in {} situations", count(seen.states()),
                           count(seen.situations()));
    }
    return out + fmt::format(": {} steps, {} a second, {} broken", count(steps),
                             count(rate(steps, seconds)), broken);
}

class Exploration {
public:
    Exploration(const ExploreOptions& options, const Console& console, const Interrupts& interrupts)
        : options_(&options), console_(&console), interrupts_(&interrupts) {}

    // Errors have been told.
    std::optional<LoadedScenario> load(const std::string& path) {
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
        return std::move(*loaded);
    }
    std::optional<Outcome> run(const std::string& path) {
        std::optional<LoadedScenario> loaded = load(path);
        if (!loaded) return std::nullopt;
        out_ = {};
        out_.path = path;
        out_.name = loaded->scenario.name;
        out_.hash = loaded->hash;
        out_.subject =
            loaded->scenario.subject == nullptr ? "keel" : loaded->scenario.subject->name;
        scenario_ = std::make_shared<const explore::Scenario>(std::move(loaded->scenario));
        started_ = Clock::now();
        explore::Campaign campaign{
            scenario_,
            {.search = options_->search, .seed = options_->seed, .schedules = schedules()},
            bounds()};
        search(campaign);
        for (const explore::Part* part : campaign.parts()) {
            for (const explore::Finding& finding : part->result.findings) {
                note(std::string{name_of(part->search)}, finding);
            }
            out_.parts.push_back(*part);
        }
        out_.schedule_states = campaign.coverage().states();
        out_.situations = campaign.coverage().situations();
        out_.counts_states = campaign.coverage().counts();
        out_.is_coverage_full = campaign.coverage().is_full();
        out_.faults = {*scenario_, options_->max_faults};
        for (const explore::Part& part : out_.parts) out_.faults.met(part.result.tally.faults);
        out_.seconds = seconds_since(started_);
        try_guards();
        clear_line();
        return std::move(out_);
    }

private:
    [[nodiscard]] explore::Bounds bounds() const {
        explore::Bounds out;
        out.max_faults = options_->max_faults;
        out.depth_max = options_->depth;
        out.jobs = options_->jobs;
        out.bytes_max = machine_bytes() / 2;
        out.watches_guards = asks_for_guards();
        if (options_->budget_steps != 0) out.states_max = options_->budget_steps;
        return out;
    }
    [[nodiscard]] std::uint64_t schedules() const {
        return options_->budget_steps == 0 ? UINT64_MAX : options_->budget_steps;
    }
    [[nodiscard]] bool is_out_of_time() const {
        return options_->budget_ns != 0 &&
               seconds_since(started_) >= static_cast<double>(options_->budget_ns) / 1e9;
    }

    void search(explore::Campaign& campaign) {
        Clock::time_point before = started_;
        while (explore::Part* part = campaign.go_on()) {
            const Clock::time_point now = Clock::now();
            part->spent += nanoseconds((now - before) / std::chrono::nanoseconds(1));
            before = now;
            const double so_far = seconds_since(started_);
            show(progress_words(campaign, options_->search, so_far));
            out_.is_interrupted = interrupts_->asked();
            if (out_.is_interrupted || is_out_of_time()) campaign.stop();
        }
    }

    // Whoever reads the JSON of a search that closed asks what that proves: a guard that can be
    // missing is not what the scenario shows.
    [[nodiscard]] bool asks_for_guards() const {
        return !options_->json_path.empty() && !options_->no_guards;
    }
    void try_guards() {
        if (!asks_for_guards() || scenario_->subject != nullptr || !out_.broken.empty()) return;
        std::uint64_t met = 0;
        bool is_closed = false;
        for (const explore::Part& part : out_.parts) {
            if (part.search != SearchKind::Exhaustive) continue;
            met |= part.result.tally.guards;
            is_closed = part.max_faults == options_->max_faults && part.result.is_complete;
        }
        if (!is_closed) return;
        const Clock::time_point began = Clock::now();
        const std::size_t all = explore::all_switches().size();
        std::size_t tried = 0;
        const auto go_on = [&](const explore::Need& need) {
            show(fmt::format("guards: {} of {}, {}", ++tried, all, need.off->name));
            out_.is_interrupted = interrupts_->asked();
            return !out_.is_interrupted;
        };
        explore::Effort effort;
        if (options_->budget_steps != 0) { // it bounds each of these searches, too
            effort.schedules_few = std::min(effort.schedules_few, options_->budget_steps / 10);
            effort.schedules_many = std::min(effort.schedules_many, options_->budget_steps / 5);
            effort.states_max = std::min(effort.states_max, options_->budget_steps);
        }
        out_.needs = explore::necessity(*scenario_, bounds(), met, options_->seed, go_on, effort);
        out_.guard_seconds = seconds_since(began);
    }

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
        const auto trace = explore::trace_of(world, steps);
        if (trace) broken.trace = explore::to_text(*trace);
        if (trace && trace->verdict == broken.rule) {
            if (!options_->save_path.empty()) save(broken);
        } else {
            broken.report += "  (the way to it; that nothing leads on from there the whole search "
                             "alone shows, so no trace is saved)\n";
        }
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
    void show(const std::string& what) {
        if (options_->no_progress) return;
        const double now = seconds_since(started_);
        if (now < next_shown_) return;
        next_shown_ = now + (console_->err_is_terminal ? 0.25 : 10);
        const std::string line = fmt::format("{}: {}", out_.name, what);
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
    for (const explore::Part& part : outcome.parts) {
        if (part.search == SearchKind::Exhaustive && part.max_faults == max_faults) {
            return part.result.is_complete;
        }
    }
    return false;
}

std::string text_of(const explore::Part& part) {
    const explore::Tally& tally = part.result.tally;
    const double seconds = seconds_of(part);
    if (part.search == SearchKind::Exhaustive) {
        return fmt::format(
            "  {}: {} states, {} transitions, at most {} faults, {} ends, {:.1f} s "
            "({} states a second; {:.1e} states expected to be missed, as two of one hash)\n",
            part.result.is_complete  ? "complete"
            : part.result.is_stopped ? "stopped"
                                     : "not complete: cut by depth or horizon, or a budget of the "
                                       "desk was half used",
            count(tally.states), count(tally.transitions), part.max_faults, count(tally.terminals),
            seconds, count(rate(tally.states, seconds)), expected_omissions(tally));
    }
    std::string out = fmt::format("  {}: {} schedules, {} steps, at most {} faults, {:.1f} s "
                                  "({} schedules a second)",
                                  part.d > 0 ? fmt::format("pct, d = {}", part.d)
                                             : std::string{name_of(part.search)},
                                  count(tally.schedules), count(tally.transitions), part.max_faults,
                                  seconds, count(rate(tally.schedules, seconds)));
    if (tally.states > 0) {
        out += fmt::format("; {} new states, {} a schedule", count(tally.states),
                           count(tally.states / tally.schedules));
    }
    if (tally.cut > 0) out += fmt::format("; {} cut by depth or horizon", count(tally.cut));
    if (part.d > 0) {
        out += fmt::format("; what needs {} events in one order and no fault is met in each with a "
                           "probability of at least {:.1e} ({} actors, {} steps)",
                           part.d, part.bound.probability, part.bound.actors, part.bound.steps);
    }
    return out + '\n';
}

std::string text_of(const Outcome& outcome) {
    std::string out =
        outcome.subject == "keel"
            ? fmt::format("{} ({})\n", outcome.name, outcome.path)
            : fmt::format("{}, traded by {} ({})\n", outcome.name, outcome.subject, outcome.path);
    for (const explore::Part& part : outcome.parts) out += text_of(part);
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
    for (const explore::Part& part : outcome.parts) {
        if (!part.result.is_memory_full) continue;
        out += "  the exhaustive search had half of the machine's memory, and was stopped\n";
    }
    if (outcome.broken.empty()) out += "  no rule was broken\n";
    return out + guards_text(outcome.needs, outcome.guard_seconds) + outcome.faults.text();
}

// What all parts have come to.
struct Totals {
    std::uint64_t states = 0; // (with more faults an exhaustive search sees all states again)
    std::uint64_t transitions = 0;
    std::uint64_t schedules = 0;
    std::uint64_t terminals = 0;
};

Totals totals_of(const Outcome& outcome) {
    Totals out;
    for (const explore::Part& part : outcome.parts) {
        const explore::Tally& tally = part.result.tally;
        if (part.search == SearchKind::Exhaustive) out.states = std::max(out.states, tally.states);
        out.terminals = std::max(out.terminals, tally.terminals);
        out.transitions += tally.transitions;
        out.schedules += tally.schedules;
    }
    return out;
}

std::string verdict_of(const Outcome& outcome, const ExploreOptions& options) {
    std::string out;
    for (const Broken& one : outcome.broken) {
        out += fmt::format("{}{}", out.empty() ? "BROKEN " : ", ", explore::info(one.rule).name);
    }
    if (!out.empty()) return out;
    if (outcome.is_interrupted) return "interrupted";
    return is_closed(outcome, options.max_faults) ? "complete" : "none broken";
}

// All scenarios at once, after what was told of each.
std::string summary_of(const std::vector<Outcome>& outcomes, const ExploreOptions& options) {
    Columns columns{"  ", "llrrrrrl"};
    columns.add(
        {"scenario", "search", "states", "schedules", "transitions", "ends", "seconds", "verdict"});
    std::size_t broken = 0;
    std::size_t complete = 0;
    for (const Outcome& one : outcomes) {
        const Totals totals = totals_of(one);
        columns.add({one.subject == "keel" ? one.name : one.name + ", " + one.subject,
                     std::string{name_of(options.search)}, count(totals.states),
                     count(totals.schedules), count(totals.transitions), count(totals.terminals),
                     fmt::format("{:.1f}", one.seconds), verdict_of(one, options)});
        broken += one.broken.empty() ? 0U : 1U;
        complete += one.broken.empty() && is_closed(one, options.max_faults) ? 1U : 0U;
    }
    return fmt::format(
               "\n{} scenarios with at most {} faults: {} complete, {} with a broken rule\n",
               outcomes.size(), options.max_faults, complete, broken) +
           columns.text();
}

Json json_of(const explore::Part& part) {
    const explore::Tally& tally = part.result.tally;
    Json out;
    out["search"] = name_of(part.search);
    out["max_faults"] = part.max_faults;
    out["complete"] = part.result.is_complete;
    out["states"] = tally.states;
    out["transitions"] = tally.transitions;
    out["schedules"] = tally.schedules;
    out["terminal_states"] = tally.terminals;
    out["cut"] = tally.cut;
    out["deepest"] = tally.depth;
    out["longest_simulated_seconds"] = static_cast<double>(tally.longest.value()) / 1e9;
    out["wall_seconds"] = seconds_of(part);
    out["set_bytes_per_state"] = tally.states == 0 ? 0.0
                                                   : static_cast<double>(tally.set_bytes) /
                                                         static_cast<double>(tally.states);
    out["expected_hash_omissions"] = expected_omissions(tally);
    if (part.search != SearchKind::Exhaustive) {
        out["credit"] = {{"slices", part.slices},
                         {"new_states", tally.states},
                         {"new_situations", part.situations},
                         {"of_late", part.credit}};
    }
    if (part.d > 0) {
        out["pct"] = {{"d", part.d},
                      {"actors", part.bound.actors},
                      {"steps", part.bound.steps},
                      {"probability", part.bound.probability}};
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
    out["jobs"] = options.jobs;
    const Totals totals = totals_of(outcome);
    out["states"] = totals.states;
    out["transitions"] = totals.transitions;
    out["schedules"] = totals.schedules;
    out["terminal_states"] = totals.terminals;
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
    if (outcome.counts_states) {
        out["coverage"] = {{"schedule_states", outcome.schedule_states},
                           {"situations", outcome.situations},
                           {"full", outcome.is_coverage_full}};
    }
    add_guards(out, outcome.needs, outcome.guard_seconds);
    out["passes"] = Json::array();
    for (const explore::Part& part : outcome.parts) out["passes"].push_back(json_of(part));
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
    const Interrupts interrupts{{"\nkeel: interrupted: the report says how far the search has "
                                 "come. Once more stops at once.\n",
                                 "\nkeel: stopped at once: no report was written.\n",
                                 ExitCode::Interrupted}};
    Exploration exploration{options, console, interrupts};
    bool can_begin = true; // a bad file is told before the first is searched, and not after hours
    for (const std::string& path : options.scenario_paths) {
        can_begin = exploration.load(path).has_value() && can_begin;
    }
    if (!can_begin) return ExitCode::Usage;
    std::vector<Outcome> outcomes;
    for (const std::string& path : options.scenario_paths) {
        std::optional<Outcome> outcome = exploration.run(path);
        if (!outcome) return ExitCode::Usage;
        console.result(text_of(*outcome));
        const bool stop = outcome->is_interrupted;
        outcomes.push_back(std::move(*outcome));
        if (stop) break;
    }
    if (outcomes.size() > 1) console.result(summary_of(outcomes, options));
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

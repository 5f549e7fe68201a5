#include "app/scenario_file.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "app/config.hpp"
#include "app/deeds.hpp"
#include "app/needs.hpp"
#include "app/scenario_schema.hpp"
#include "app/words.hpp"
#include "twins/twins.hpp"

namespace keel::app {
namespace {

using explore::FaultSet;
using explore::Scenario;

constexpr std::size_t venues_max = 2; // of an explored world
constexpr std::size_t deeds_max = 255;

class Builder {
public:
    Builder(const Table& root, Deeds& deeds, Problems& problems)
        : root_(root), deeds_(deeds), problems_(problems) {}

    Scenario build() {
        build_bounds();
        for (const Table* opening : root_.all("opening")) {
            out_.opening.push_back(deeds_.quote(*opening));
        }
        for (const Table* lane : root_.all("lane")) build_lane(*lane);
        for (const Table* last : root_.all("last")) out_.last.push_back(deeds_.deed(*last));
        check_counts();
        return std::move(out_);
    }

private:
    void build_bounds() {
        const Table& table = root_.child("scenario");
        out_.name = table.text("name");
        out_.lost_tail_max = table.small("lost_tail_max");
        out_.overtakings_max = table.small("overtakings_max");
        out_.in_flight_max = table.small("in_flight_max");
        out_.delay_max = table.span("delay_max_ms");
        out_.deeds_within = table.span("deeds_within_ms");
        out_.horizon = table.span("horizon_s");
        out_.at_once = table.flag("at_once");
        build_lease(table);
        build_settlement();
        if (const Value& faults = table.value("faults"); faults.is_good && faults.is_set) {
            out_.faults = fault_set(faults, table.label_of("faults"));
            check_settlement_fault(table, faults);
            check_lease_faults(table, faults);
        }
        const Value& within = table.value("deeds_within_ms");
        if (within.is_good && table.value("horizon_s").is_good &&
            out_.deeds_within > out_.horizon) {
            problems_.add(within.place, table.label_of("deeds_within_ms"),
                          fmt::format("is {}, but the search ends at horizon_s = {}", within.number,
                                      table.integer("horizon_s")));
        }
    }

    // A lease that ends may be lost, unless the file lists other faults.
    void build_lease(const Table& table) {
        out_.lease_renewed_every = table.span("renew_ms");
        const Value& lease = table.value("lease_ms");
        if (!lease.is_good || !lease.is_set) return;
        out_.lease = table.span("lease_ms");
        out_.faults |=
            explore::bit(sim::FaultKind::LeaseLost) | explore::bit(sim::FaultKind::Paused);
        if (table.value("renew_ms").is_good && out_.lease_renewed_every >= out_.lease) {
            problems_.add(lease.place, table.label_of("lease_ms"),
                          fmt::format("is {}, but it is renewed only after renew_ms = {}",
                                      lease.number, table.integer("renew_ms")));
        }
    }

    // What settles late may fail, unless the file lists other faults.
    void build_settlement() {
        if (settles_late()) out_.faults |= explore::bit(sim::FaultKind::SettlementFailed);
    }
    [[nodiscard]] bool settles_late() const {
        return std::ranges::any_of(root_.all("instrument"),
                                   [](const Table* one) { return one->flag("settles_late"); });
    }
    void check_settlement_fault(const Table& table, const Value& faults) {
        const auto kind = sim::FaultKind::SettlementFailed;
        if (settles_late() || (out_.faults & explore::bit(kind)) == 0) return;
        problems_.add(faults.place, table.label_of("faults"),
                      fmt::format("\"{}\" befalls an instrument that settles_late: there is none",
                                  to_string(kind)));
    }

    void check_lease_faults(const Table& table, const Value& faults) {
        const bool has_lease = table.value("lease_ms").is_set;
        for (const sim::FaultKind kind : {sim::FaultKind::LeaseLost, sim::FaultKind::Paused}) {
            if (has_lease || (out_.faults & explore::bit(kind)) == 0) continue;
            problems_.add(
                faults.place, table.label_of("faults"),
                fmt::format("\"{}\" befalls a lease that ends: set lease_ms", to_string(kind)));
        }
    }

    FaultSet fault_set(const Value& faults, const std::string& label) {
        std::vector<std::string_view> explored;
        std::vector<std::string_view> drawn; // by a run alone
        for (std::size_t k = 0; k < sim::fault_kind_count; ++k) {
            const auto kind = static_cast<sim::FaultKind>(k);
            const bool is_explored = (explore::all_faults & explore::bit(kind)) != 0;
            (is_explored ? explored : drawn).push_back(to_string(kind));
        }
        FaultSet out = 0;
        for (std::size_t i = 0; i < faults.texts.size(); ++i) {
            const std::string& word = faults.texts[i];
            const auto refuse = [&](const std::string& text) {
                problems_.add(faults.text_places[i], label, text);
            };
            if (std::ranges::find(drawn, word) != drawn.end()) {
                refuse(fmt::format("\"{}\" is drawn in a run, but no explorer chooses it; it "
                                   "chooses {}",
                                   word, one_of(explored)));
            } else if (std::ranges::find(explored, word) == explored.end()) {
                const std::string_view near = nearest(word, explored);
                refuse(near.empty() ? fmt::format("there is no fault \"{}\"; known are {}", word,
                                                  one_of(explored))
                                    : fmt::format("there is no fault \"{}\"; did you mean \"{}\"?",
                                                  word, near));
            } else {
                const FaultSet one = explore::bit(kind_of(word));
                if ((out & one) != 0) refuse(fmt::format("\"{}\" is listed twice", word));
                out |= one;
            }
        }
        return out;
    }

    static sim::FaultKind kind_of(std::string_view word) {
        std::size_t k = 0;
        while (to_string(static_cast<sim::FaultKind>(k)) != word) ++k;
        return static_cast<sim::FaultKind>(k);
    }

    void build_lane(const Table& table) {
        explore::Lane lane{.name = table.text("name"), .deeds = {}};
        const auto taken = std::ranges::find(out_.lanes, lane.name, &explore::Lane::name);
        if (taken != out_.lanes.end() && table.value("name").is_good) {
            problems_.add(table.value("name").place, table.label_of("name"),
                          fmt::format("\"{}\" is the name of lane[{}] already", lane.name,
                                      taken - out_.lanes.begin() + 1));
        }
        for (const Table* deed : table.all("deed")) lane.deeds.push_back(deeds_.deed(*deed));
        at_most(table.all("deed"), deeds_max, "deeds in a lane");
        out_.lanes.push_back(std::move(lane));
    }

    // What an explored world has room for.
    void check_counts() {
        at_most(root_.all("venue"), venues_max, "venues");
        at_most(root_.all("lane"), explore::lanes_max - 1, "lanes");
        at_most(root_.all("last"), deeds_max, "deeds at last");
    }

    // Said at the first that is too many.
    void at_most(const std::vector<const Table*>& tables, std::size_t most, std::string_view what) {
        if (tables.size() <= most) return;
        problems_.add(tables[most]->place(), tables[most]->label(),
                      fmt::format("is one too many: a scenario has at most {} {}", most, what));
    }

    const Table& root_;
    Deeds& deeds_;
    Problems& problems_;
    Scenario out_;
};

// How long anything takes is what an explorer chooses.
void take_no_time(sim::VenueConfig& venue) {
    constexpr sim::DelayRange none{};
    venue.socket_request = venue.rest_request = none;
    venue.order_stream = venue.fill_stream = venue.position_stream = venue.market_stream = none;
    venue.read_lag = venue.settlement = none;
    venue.market_interval = venue.status_every = {};
}

std::string no_subject(std::string_view name) {
    std::vector<std::string_view> known{"keel"};
    for (const twins::TwinInfo& one : twins::all_twins()) known.push_back(one.name);
    const std::string_view near = nearest(name, known);
    return near.empty()
               ? fmt::format("there is no subject \"{}\"; known are {}", name, one_of(known))
               : fmt::format("there is no subject \"{}\"; did you mean \"{}\"?", name, near);
}

// Keel's desk needs something to run; a twin is its own strategy.
std::optional<std::string> seat(explore::Scenario& scenario, std::string_view name) {
    if (name == "keel") {
        if (has_strategy(scenario.desk)) return std::nullopt;
        return "has no strategy for Keel's desk: add an [[xemm]] or another, or name a "
               "subject";
    }
    scenario.subject = twins::twin_named(name);
    if (scenario.subject == nullptr) return no_subject(name);
    if (scenario.lease > Duration{}) return "has no lease: leave out lease_ms, or let keel trade";
    const std::string_view lacks = twins::lacking(name, scenario);
    if (!lacks.empty()) return fmt::format("{} needs {}", name, lacks);
    return std::nullopt;
}

} // namespace

std::expected<LoadedScenario, ConfigErrors>
load_scenario(std::string_view text, std::string_view file, std::string_view subject) {
    const auto tree = read_tree(text, file);
    if (!tree) return std::unexpected(tree.error());
    Problems problems;
    const Table root = read_table(*tree, scenario_kind(), problems);
    const Table& about = root.child("scenario");
    check_needs(about.value("needs"), about.label_of("needs"), problems);
    const References refs = resolve(root, problems);
    DeskSetup setup = build_desk_setup(root, refs, problems);
    Deeds deeds{root, refs, setup, problems};
    LoadedScenario out;
    out.scenario = Builder{root, deeds, problems}.build();
    cross_check(root, refs, problems);
    if (problems.any()) return std::unexpected(problems.texts(file));
    // Warnings are for a desk that is to earn something. A scenario is made tight on purpose.
    if (const Result<void> whole = complete(setup); !whole) {
        return std::unexpected(refused_texts(whole.error(), root, file));
    }
    for (sim::VenueConfig& venue : setup.venues) take_no_time(venue);
    out.scenario.desk = std::move(setup.desk);
    out.scenario.venues = std::move(setup.venues);
    for (const Table* one : root.all("instrument")) out.bases.push_back(one->text("base"));
    const Table& table = root.child("scenario");
    const std::string named = subject.empty() ? table.text("subject") : std::string{subject};
    if (const auto problem = seat(out.scenario, named)) {
        const std::string where = subject.empty() ? table.label_of("subject") : "--subject";
        return std::unexpected(ConfigErrors{fmt::format("{}: {}: {}", file, where, *problem)});
    }
    out.effective = to_toml(root);
    out.hash = sha256_hex(out.effective);
    return out;
}

std::expected<LoadedScenario, ConfigErrors> load_scenario_file(const std::string& path,
                                                               std::string_view subject) {
    const Result<std::string> text =
        read_config_file(path, "a scenario", "scenarios/xemm-cycle.toml");
    if (!text) return std::unexpected(ConfigErrors{text.error().text()});
    return load_scenario(*text, path, subject);
}

} // namespace keel::app

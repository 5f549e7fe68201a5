#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config.hpp"
#include "app/scenario_file.hpp"
#include "app/scenario_schema.hpp"
#include "app/words.hpp"
#include "base/rng.hpp"
#include "explore/scenario_hash.hpp"
#include "explore/world.hpp"
#include "tests/app/scenario_text.hpp"

namespace keel::app {
namespace {

using explore::Deed;
using explore::Move;
using explore::Scenario;

Scenario loaded(std::string_view text) {
    const auto out = load_scenario(text, "scenario.toml");
    if (!out) {
        for (const std::string& error : out.error()) ADD_FAILURE() << error;
        return {};
    }
    return out->scenario;
}
Scenario of_file(const std::string& name) {
    const auto out = load_scenario_file(fmt::format("{}/scenarios/{}.toml", KEEL_SOURCE_DIR, name));
    if (!out) {
        for (const std::string& error : out.error()) ADD_FAILURE() << error;
        return {};
    }
    return out->scenario;
}

// --- the scenarios of the project, built without a file ---

Instrument btc(VenueIx venue) {
    Instrument draft;
    draft.symbol = "BTC";
    draft.tick_size = Decimal{1, 0};
    draft.lot_size = Decimal{1, 2};
    draft.venue = venue;
    return make_instrument(draft).value();
}

Move quote(std::uint32_t v, Ticks bid, Lots bid_qty, Ticks ask, Lots ask_qty) {
    return {.venue = VenueIx{v},
            .market = {.instrument = InstrumentIx{v},
                       .px = {},
                       .qty = {},
                       .bid_px = bid,
                       .ask_px = ask,
                       .bid_qty = bid_qty,
                       .ask_qty = ask_qty}};
}
Move print(std::uint32_t v, Side aggressor, Ticks px, Lots qty) {
    Move out{.venue = VenueIx{v}, .market = {.instrument = InstrumentIx{v}}};
    out.market.is_trade = true;
    out.market.aggressor = aggressor;
    out.market.px = px;
    out.market.qty = qty;
    return out;
}

strategy::DeskConfig desk(std::int64_t lots) {
    strategy::DeskConfig out;
    core::EngineConfig& engine = out.engine;
    for (std::uint32_t v = 0; v < 2; ++v) {
        VenueTraits traits;
        traits.name = v == 0 ? "maker" : "hedge";
        traits.requests_per_second = 1'000;
        engine.venues.push_back(traits);
        engine.accounts.push_back({.name = traits.name, .venue = VenueIx{v}, .limits = {}});
        engine.accounts[v].limits.max_orders_per_second = 1'000;
        engine.instruments.push_back(
            {.instrument = btc(VenueIx{v}), .account = AccountIx{v}, .limits = {}});
        engine.instruments[v].limits.stale_mark = seconds(3'600);
    }
    core::GroupConfig group;
    group.name = "btc";
    group.members = {InstrumentIx{0}, InstrumentIx{1}};
    group.hedge_via = InstrumentIx{1};
    group.exposure_limit = Units{lots * 1'000'000}; // of 1e-8
    group.hedged_within = seconds(600);
    group.hedge_retry = seconds(1);
    engine.groups = {group};
    core::AuditConfig& audits = engine.audits;
    audits.open_orders_every = audits.fills_every = seconds(20);
    audits.positions_every = audits.balances_every = seconds(20);
    audits.verify_age_max = seconds(36'000);
    audits.queries_per_second = 500;
    engine.capacities = {.orders = 32, .legs = 8, .fills = 1'024};
    strategy::XemmConfig xemm;
    xemm.name = "buyer";
    xemm.group = GroupIx{0};
    xemm.maker = InstrumentIx{0};
    xemm.hedge = InstrumentIx{1};
    xemm.sides = strategy::Sides::BuyOnly;
    xemm.order_qty = Lots{lots};
    xemm.rounds_max = 1;
    xemm.on_exit = strategy::OnExit::Hold;
    xemm.refresh_age = seconds(1'800);
    out.xemm = {xemm};
    return strategy::make_desk_config(out).value();
}

Scenario cycle(std::string name, std::int64_t lots, int prints) {
    Scenario out;
    out.name = std::move(name);
    out.overtakings_max = 0;
    out.desk = desk(lots);
    for (std::uint32_t v = 0; v < 2; ++v) {
        sim::VenueConfig venue;
        venue.venue = VenueIx{v};
        venue.traits = out.desk.engine.venues[v];
        venue.instruments.push_back(
            {InstrumentIx{v}, AccountIx{v}, out.desk.engine.instruments[v].instrument});
        venue.accounts.push_back({AccountIx{v}, Money{1'000'000 * money_one}});
        const sim::DelayRange none{};
        venue.socket_request = venue.rest_request = venue.read_lag = none;
        venue.order_stream = venue.fill_stream = venue.position_stream = venue.market_stream = none;
        venue.market_interval = Duration{};
        venue.pushes_positions = false;
        venue.orders_max = 32;
        venue.messages_max = 128;
        venue.history_max = 128;
        out.venues.push_back(venue);
    }
    out.opening = {quote(0, Ticks{9'990}, Lots{100}, Ticks{10'010}, Lots{100}),
                   quote(1, Ticks{10'000}, Lots{1}, Ticks{10'001}, Lots{1})};
    out.lanes = {{"prints", {}}, {"hedge-quotes", {}}};
    for (int n = 0; n < prints; ++n) {
        const Lots qty{n == 0 ? 1 : 9}; // the last fills whatever rests
        out.lanes[0].deeds.emplace_back(print(0, Side::Sell, Ticks{9'000}, qty));
    }
    if (prints == 1) { // xemm-small: a second quote
        out.lanes[1].deeds = {quote(1, Ticks{9'990}, Lots{1}, Ticks{9'991}, Lots{1}),
                              quote(1, Ticks{9'991}, Lots{9}, Ticks{9'992}, Lots{9})};
    } else {
        out.lanes[1].deeds = {quote(1, Ticks{9'990}, Lots{9}, Ticks{9'991}, Lots{9})};
    }
    out.last = {OperatorAct{.act = Act::WindDown, .instrument = {}}};
    return out;
}

// --- all that a scenario says, a line each ---

class Lines {
public:
    template <class... Parts> void add(std::string_view what, const Parts&... parts) {
        std::string line{what};
        ((line += fmt::format(" {}", plain(parts))), ...);
        out_.push_back(std::move(line));
    }
    std::vector<std::string> out_;

private:
    template <class T> static auto plain(const T& part) {
        if constexpr (std::is_enum_v<T>) {
            return std::to_underlying(part);
        } else if constexpr (requires { part.ns(); }) {
            return part.ns();
        } else if constexpr (requires { part.value(); }) {
            return part.value();
        } else if constexpr (std::is_same_v<T, sim::DelayRange>) {
            return fmt::format("{}-{}", part.min.value(), part.max.value());
        } else if constexpr (std::is_same_v<T, Decimal>) {
            return to_string(part);
        } else {
            return part;
        }
    }
};

void add(Lines& out, std::string_view what, const Instrument& i) {
    out.add(what, i.symbol, i.tick_size, i.lot_size, i.min_qty, i.max_qty, i.min_notional,
            i.min_notional_spares_full_close, i.price_rule, i.maker_fee_ppm, i.taker_fee_ppm,
            i.initial_margin_ppm, i.venue, i.value_num, i.value_den, i.units_per_lot);
}
void add(Lines& out, std::string_view what, const VenueTraits& t) {
    out.add(what, t.name, t.amend_qty, t.amend_keeps_order_id, t.amend_supported, t.fence,
            t.validity, t.visibility, t.clock_error, t.longest_delay, t.answer_timeout,
            t.end_vouches_qty, t.status_by_cl_ord_id, t.reduce_only_at_match, t.cancels_overtake,
            t.tells_all_changes, t.batch_max, t.requests_per_second, t.reserve_percent);
}
void add(Lines& out, std::string_view what, const Deed& deed) {
    if (const auto* act = std::get_if<OperatorAct>(&deed)) {
        out.add(what, act->act, act->instrument, act->arg);
        return;
    }
    if (const auto* telling = std::get_if<explore::Telling>(&deed)) {
        const Signal& s = telling->signal;
        out.add(what, s.instrument, s.kind, s.id, s.value, s.stop_px, s.limit_px,
                telling->valid_for);
        return;
    }
    if (const auto* other = std::get_if<explore::Outside>(&deed)) {
        const sim::OutsideAct& o = other->act;
        out.add(what, other->venue, o.instrument, o.kind, o.side, o.qty);
        return;
    }
    const Move& move = std::get<Move>(deed);
    const sim::Venue::MarketMove& m = move.market;
    out.add(what, move.venue, m.instrument, m.is_trade, m.aggressor, m.px, m.qty, m.bid_px,
            m.bid_qty, m.ask_px, m.ask_qty);
}
void add(Lines& out, const core::EngineConfig& engine) {
    out.add("engine", engine.desk, engine.capacities.orders, engine.capacities.legs,
            engine.capacities.fills, engine.limits.max_rounds_without_human,
            engine.limits.max_surprises_in_window, engine.limits.surprise_window,
            engine.limits.max_loss_session);
    const core::AuditConfig& a = engine.audits;
    out.add("audits", a.open_orders_every, a.fills_every, a.positions_every, a.balances_every,
            a.verify_age_max, a.cancel_repeat, a.query_repeat, a.queries_per_second,
            a.cancels_before_escalation, a.recovery_alarm_after);
    for (const VenueTraits& traits : engine.venues) add(out, "traits", traits);
    for (const core::AccountConfig& one : engine.accounts) {
        out.add("account", one.name, one.venue, one.limits.max_open_orders,
                one.limits.max_orders_per_second, one.limits.max_notional_per_minute,
                one.limits.max_rejects_in_window, one.limits.reject_window);
    }
    for (const core::InstrumentConfig& one : engine.instruments) {
        add(out, "instrument", one.instrument);
        out.add("limits", one.account, one.limits.max_order_qty, one.limits.max_order_notional,
                one.limits.max_position_notional, one.limits.price_collar, one.limits.stale_mark);
    }
    for (const core::GroupConfig& g : engine.groups) {
        out.add("group", g.name, g.unit_scale, g.hedge_via, g.exposure_limit, g.residue_max,
                g.hedge_slippage_start, g.hedge_slippage_step, g.hedge_slippage_max, g.hedge_retry,
                g.hedged_within, g.assign_adjustments);
        for (const InstrumentIx member : g.members) out.add("member", member);
    }
}
void add(Lines& out, const sim::VenueConfig& v) {
    out.add("venue", v.venue, v.socket_request, v.rest_request, v.order_stream, v.fill_stream,
            v.position_stream, v.market_stream, v.read_lag, v.market_interval, v.taker_delay,
            v.clock_offset);
    out.add("venue has", v.fills_replayed_on_reconnect, v.orders_snapshot_on_reconnect,
            v.self_trade_reports_rejected, v.ioc_no_fill_refused, v.answers_before_judging,
            v.pushes_positions, v.fills_carry_cl_ord_id, v.reduce_only_size_checked, v.outside_told,
            v.fills_replayed_max, v.orders_max, v.messages_max, v.history_max);
    add(out, "venue's traits", v.traits);
    for (const sim::SimInstrument& one : v.instruments) {
        add(out, "trades", one.spec);
        out.add("as", one.instrument, one.account, one.queue_cancel_share_ppm);
    }
    for (const sim::SimAccount& one : v.accounts) out.add("holds", one.account, one.collateral);
}

std::vector<std::string> lines_of(const Scenario& scenario) {
    Lines out;
    out.add("scenario", scenario.name, scenario.faults, scenario.lost_tail_max, scenario.at_once,
            scenario.in_flight_max, scenario.overtakings_max, scenario.delay_max,
            scenario.deeds_within, scenario.horizon, scenario.lease, scenario.lease_renewed_every);
    add(out, scenario.desk.engine);
    for (const strategy::XemmConfig& x : scenario.desk.xemm) {
        out.add("xemm", x.name, x.group, x.maker, x.hedge, x.sides, x.order_qty, x.target_edge,
                x.edge_drift, x.refresh_age, x.rounds_max, x.on_exit);
    }
    for (const sim::VenueConfig& venue : scenario.venues) add(out, venue);
    for (const Move& move : scenario.opening) add(out, "opening", Deed{move});
    for (const explore::Lane& lane : scenario.lanes) {
        out.add("lane", lane.name);
        for (const Deed& deed : lane.deeds) add(out, "deed", deed);
    }
    for (const Deed& deed : scenario.last) add(out, "last", deed);
    return out.out_;
}

TEST(Scenarios, TheFilesSayWhatTheyAreMeantTo) {
    EXPECT_EQ(lines_of(of_file("xemm-cycle")), lines_of(cycle("xemm-cycle", 2, 2)));
    EXPECT_EQ(lines_of(of_file("xemm-small")), lines_of(cycle("xemm-small", 1, 1)));
    Scenario leased = cycle("xemm-lease", 1, 1);
    leased.overtakings_max = 1;
    leased.lease = seconds(2);
    leased.faults |= explore::bit(sim::FaultKind::LeaseLost) | explore::bit(sim::FaultKind::Paused);
    EXPECT_EQ(lines_of(of_file("xemm-lease")), lines_of(leased));
}

// Traces of scenarios without a lease stay good; one that has another is another scenario.
TEST(Scenarios, ALeaseMakesAnotherScenario) {
    const auto leased = [](std::string_view keys) {
        return loaded(edited_scenario(
            {{"deeds_within_ms = 2000", fmt::format("deeds_within_ms = 2000\n{}", keys)}}));
    };
    const Scenario without = loaded(good_scenario());
    EXPECT_EQ(without.lease, Duration{});
    EXPECT_EQ(explore::hash_of(leased("renew_ms = 500")), explore::hash_of(without));
    const Scenario two = leased("lease_ms = 2000");
    EXPECT_NE(explore::hash_of(two), explore::hash_of(without));
    EXPECT_NE(explore::hash_of(two), explore::hash_of(leased("lease_ms = 3000")));
    EXPECT_NE(explore::hash_of(two), explore::hash_of(leased("lease_ms = 2000\nrenew_ms = 500")));
    EXPECT_EQ(two.faults, without.faults) << "those that are listed, and no other";
}

TEST(Scenarios, ANaiveBotHasNoLease) {
    const auto file = load_scenario_file(
        fmt::format("{}/scenarios/xemm-lease.toml", KEEL_SOURCE_DIR), "p1-any-confirmation");
    ASSERT_FALSE(file.has_value());
    EXPECT_THAT(
        file.error().front(),
        testing::HasSubstr("--subject: has no lease: leave out lease_ms, or let keel trade"));
}

// The same choices, the same worlds.
TEST(Scenarios, AFileIsExploredLikeWhatItSays) {
    const auto file = std::make_shared<const Scenario>(of_file("xemm-cycle"));
    const auto built = std::make_shared<const Scenario>(cycle("xemm-cycle", 2, 2));
    explore::World a{file};
    explore::World b{built};
    const explore::World::Mark a_root = a.mark();
    const explore::World::Mark b_root = b.mark();
    EXPECT_EQ(a.desk()->engine().desk().live_orders, 1U) << "the quote is on its way";
    std::vector<explore::Choice> choices;
    std::vector<explore::Choice> of_b;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Rng rng{seed};
        std::uint32_t faults = 2;
        for (int step = 0; step < 60; ++step) {
            a.enabled(faults, choices);
            b.enabled(faults, of_b);
            ASSERT_EQ(choices, of_b);
            if (choices.empty()) break;
            const explore::Choice choice = choices[rng.below(choices.size())];
            if (choice.is_fault()) --faults;
            a.apply(choice);
            b.apply(choice);
            ASSERT_EQ(a.hash(faults), b.hash(faults));
        }
        a.back_to(a_root);
        b.back_to(b_root);
    }
}

TEST(Scenarios, WhatIsLeftOutIsWhatTheCodeHas) {
    const Scenario scenario = loaded(edited_scenario(
        {{"faults = [\"drop\", \"crash\"]\n", ""}, {"deeds_within_ms = 2000\n", ""}}));
    const Scenario standard;
    EXPECT_EQ(scenario.faults, standard.faults);
    EXPECT_EQ(scenario.lost_tail_max, standard.lost_tail_max);
    EXPECT_EQ(scenario.at_once, standard.at_once);
    EXPECT_EQ(scenario.in_flight_max, standard.in_flight_max);
    EXPECT_EQ(scenario.overtakings_max, standard.overtakings_max);
    EXPECT_EQ(scenario.delay_max, standard.delay_max);
    EXPECT_EQ(scenario.deeds_within, standard.deeds_within);
    EXPECT_EQ(scenario.horizon, standard.horizon);
    EXPECT_TRUE(scenario.venues[0].pushes_positions);
    EXPECT_FALSE(scenario.venues[1].pushes_positions);
}

// A naive bot is its own strategy; Keel's desk needs one.
TEST(Scenarios, WithoutAStrategySomebodyElseTrades) {
    constexpr std::string_view strategy = R"([[xemm]]
name = "one"
group = "btc"
maker = "maker/BTC"
hedge = "hedge/BTC"
order_qty = "0.02"
)";
    const std::string none = edited_scenario({{std::string{strategy}, ""}});
    const auto of_keel = load_scenario(none, "s.toml");
    ASSERT_FALSE(of_keel);
    EXPECT_THAT(
        of_keel.error(),
        testing::ElementsAre("s.toml: scenario.subject: has no strategy for Keel's desk: add "
                             "an [[xemm]] or another, or name a subject"));
    const auto of_twin = load_scenario(none, "s.toml", "p3-fresh-balance");
    ASSERT_TRUE(of_twin);
    EXPECT_EQ(of_twin->scenario.subject->name, "p3-fresh-balance");
    EXPECT_TRUE(of_twin->scenario.desk.xemm.empty());
}

TEST(Scenarios, AVenueMayCheckTheSizeOfReductions) {
    const Scenario scenario =
        loaded(edited_scenario({{"pushes_positions = false",
                                 "pushes_positions = false\nreduce_only_size_checked = true"}}));
    EXPECT_FALSE(scenario.venues[0].reduce_only_size_checked);
    EXPECT_TRUE(scenario.venues[1].reduce_only_size_checked);
    EXPECT_NE(explore::hash_of(scenario), explore::hash_of(loaded(good_scenario())));
}

TEST(Scenarios, FaultsAreThoseThatAreListed) {
    const auto faults_of = [](std::string_view list) {
        return loaded(edited_scenario({{"[\"drop\", \"crash\"]", list}})).faults;
    };
    using enum sim::FaultKind;
    EXPECT_EQ(faults_of("[\"crash\", \"drop\"]"), explore::bit(Drop) | explore::bit(Crash));
    EXPECT_EQ(faults_of("[]"), explore::FaultSet{0});
    const explore::FaultSet faults = explore::all_faults & ~explore::bit(SettlementFailed);
    std::string all;
    for (std::size_t k = 0; k < sim::fault_kind_count; ++k) {
        const auto kind = static_cast<sim::FaultKind>(k);
        // (Nothing settles late in this scenario, so that could not be listed.)
        if ((faults & explore::bit(kind)) == 0) continue;
        all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", to_string(kind));
    }
    EXPECT_EQ(faults_of("[" + all + "]\nlease_ms = 2000"), faults);
}

// What settles late may fail, unless the file lists other faults.
TEST(Scenarios, WhatSettlesLateMayFail) {
    const auto faults_of = [](std::string_view faults, std::string_view key) {
        return loaded(edited_scenario({{"faults = [\"drop\", \"crash\"]\n", faults},
                                       {"tick = \"1\"\n", fmt::format("tick = \"1\"\n{}", key)}}))
            .faults;
    };
    const explore::FaultSet fails = explore::bit(sim::FaultKind::SettlementFailed);
    EXPECT_EQ(faults_of("", ""), explore::usual_faults);
    EXPECT_EQ(faults_of("", "settles_late = true\n"), explore::usual_faults | fails);
    EXPECT_EQ(faults_of("faults = [\"settlement_failed\"]\n", "settles_late = true\n"), fails);
    EXPECT_EQ(faults_of("faults = []\n", "settles_late = true\n"), explore::FaultSet{0});
}

TEST(Scenarios, AStatusIsADeed) {
    using Kind = sim::ListingAct::Kind;
    const auto scenario_of = [](std::string_view word, std::string_view value) {
        return loaded(edited_scenario(
            {{"act = \"wind_down\"",
              fmt::format("instrument = \"maker/BTC\"\nstatus = \"{}\"{}", word, value)},
             {"tick = \"1\"\n", "tick = \"1\"\npx_end = 20000\n"}}));
    };
    const auto expect = [&](std::string_view word, std::string_view value, Kind kind, Ticks px) {
        const auto deed = std::get<explore::Listing>(scenario_of(word, value).last.at(0));
        EXPECT_EQ(deed.venue, VenueIx{0});
        EXPECT_EQ(deed.act.instrument, InstrumentIx{0});
        EXPECT_EQ(deed.act.kind, kind);
        EXPECT_EQ(deed.act.value, px);
    };
    expect("price_step", "\nvalue = 5", Kind::PriceStep, Ticks{5});
    expect("halted", "", Kind::Halt, Ticks{0});
    expect("open", "", Kind::Open, Ticks{0});
    expect("resolved", "\nvalue = 20000", Kind::Resolve, Ticks{20'000});
    expect("resolved", "\nvalue = 0", Kind::Resolve, Ticks{0});
    EXPECT_NE(explore::hash_of(scenario_of("halted", "")),
              explore::hash_of(scenario_of("open", "")));
}

TEST(Scenarios, DeedsAreInTicksAndLotsOfTheirInstrument) {
    const Scenario scenario = loaded(good_scenario());
    Lines is;
    for (const explore::Lane& lane : scenario.lanes) {
        for (const Deed& deed : lane.deeds) add(is, lane.name, deed);
    }
    Lines wanted;
    add(wanted, "prints", print(0, Side::Sell, Ticks{9'000}, Lots{1}));
    add(wanted, "prints", quote(1, Ticks{99'890}, Lots{0}, Ticks{99'910}, Lots{5}));
    add(wanted, "operator", OperatorAct{.act = Act::Halt, .instrument = {}});
    add(wanted, "operator",
        OperatorAct{.act = Act::AssignAdjustment, .instrument = InstrumentIx{1}});
    EXPECT_EQ(is.out_, wanted.out_);
}

// Numbers count by instrument and kind, in the order of the file.
TEST(Scenarios, SignalsAreInTheUnitsOfTheirKindAndNumbered) {
    const Scenario scenario = loaded(edited_scenario({{R"(act = "halt"
)",
                                                       R"(signal = "target"
instrument = "hedge/BTC"
value = "-0.05"
stop = "10100.0"
limit = 9900
valid_ms = 5000
[[lane.deed]]
signal = "fair_value"
instrument = "hedge/BTC"
value = "9990.25"
[[lane.deed]]
signal = "target"
instrument = "maker/BTC"
value = 0
[[lane.deed]]
signal = "funding"
instrument = "hedge/BTC"
value = "-1.25"
[[lane.deed]]
signal = "close"
instrument = "hedge/BTC"
)"},
                                                      {R"(act = "wind_down")",
                                                       R"(signal = "target"
instrument = "hedge/BTC"
value = "0.05")"}}));
    Lines is;
    const std::vector<Deed>& deeds = scenario.lanes[1].deeds;
    for (std::size_t n = 0; n < 5; ++n) add(is, "signal", deeds.at(n));
    add(is, "last", scenario.last.at(0));
    Lines wanted;
    const auto signal = [&](std::string_view what, std::uint32_t of, SignalKind kind,
                            std::uint64_t id, std::int64_t value, Ticks stop = {}, Ticks limit = {},
                            Duration valid_for = {}) {
        wanted.add(what, InstrumentIx{of}, kind, id, value, stop, limit, valid_for);
    };
    using enum SignalKind;
    signal("signal", 1, Target, 1, -5, Ticks{101'000}, Ticks{99'000}, seconds(5));
    signal("signal", 1, FairValue, 1, 9'990'25'000'000);
    signal("signal", 0, Target, 1, 0);
    signal("signal", 1, Funding, 1, -125);
    signal("signal", 1, Close, 1, 0);
    signal("last", 1, Target, 2, 5);
    EXPECT_EQ(is.out_, wanted.out_);
}

TEST(Scenarios, WhatOthersDoIsADeed) {
    using Kind = sim::OutsideAct::Kind;
    const auto deed_of = [](std::string_view word, std::string_view side) {
        return loaded(edited_scenario(
            {{"act = \"wind_down\"", fmt::format("instrument = \"hedge/BTC\"\nside = \"{}\"\n"
                                                 "qty = \"0.05\"\noutside = \"{}\"",
                                                 side, word)}}));
    };
    for (const auto& [word, kind] :
         {std::pair{"manual", Kind::Manual}, std::pair{"liquidation", Kind::Liquidation},
          std::pair{"adl", Kind::Adl}}) {
        for (const auto& [side_word, side] :
             {std::pair{"buy", Side::Buy}, std::pair{"sell", Side::Sell}}) {
            const auto deed = std::get<explore::Outside>(deed_of(word, side_word).last.at(0));
            EXPECT_EQ(deed.venue, VenueIx{1});
            EXPECT_EQ(deed.act.instrument, InstrumentIx{1});
            EXPECT_EQ(deed.act.kind, kind);
            EXPECT_EQ(deed.act.side, side);
            EXPECT_EQ(deed.act.qty, Lots{5});
        }
    }
    const auto hash = [&](std::string_view word, std::string_view side) {
        return explore::hash_of(deed_of(word, side));
    };
    EXPECT_NE(hash("manual", "buy"), hash("adl", "buy"));
    EXPECT_NE(hash("manual", "buy"), hash("manual", "sell"));
}

// Traces that are older than the knob stay good.
TEST(Scenarios, WhichChangesAreToldMakesAnotherScenario) {
    const auto told = [](std::string_view word) {
        return loaded(edited_scenario(
            {{"pushes_positions = false",
              fmt::format("pushes_positions = false\noutside_told = \"{}\"", word)}}));
    };
    const auto without = explore::hash_of(loaded(good_scenario()));
    EXPECT_EQ(explore::hash_of(told("all")), without);
    EXPECT_EQ(told("manual").venues[1].outside_told, sim::OutsideTold::Manual);
    EXPECT_NE(explore::hash_of(told("manual")), without);
    EXPECT_NE(explore::hash_of(told("none")), explore::hash_of(told("manual")));
}

TEST(Scenarios, EveryActHasItsWord) {
    const Section& last = *scenario_schema().find_child("last");
    const Field& field = last.fields()[last.index_of("act")];
    std::vector<Act> acts;
    for (const std::string_view word : split(field.choices, '|')) {
        const bool about_one =
            word == "assign_adjustment" || word == "release_freeze" || word == "accept_fill_gap";
        const std::string text = edited_scenario(
            {{"act = \"wind_down\"", fmt::format("act = \"{}\"\n{}", word,
                                                 about_one ? "instrument = \"maker/BTC\"" : "")}});
        acts.push_back(std::get<OperatorAct>(loaded(text).last.at(0)).act);
    }
    using enum Act;
    EXPECT_THAT(acts, testing::ElementsAre(Halt, Resume, WindDown, Kill, ResetKill,
                                           AssignAdjustment, ReleaseFreeze, AcceptFillGap));
}

// A group and a strategy are Keel's desk's: a naive twin may trade without them.
TEST(Scenarios, OnlyKeelsDeskNeedsAStrategy) {
    const std::string text = edited_scenario({{R"([[group]]
name = "btc"
members = ["maker/BTC", "hedge/BTC"]
hedge_via = "hedge/BTC"
exposure_limit = "0.02"

[[xemm]]
name = "one"
group = "btc"
maker = "maker/BTC"
hedge = "hedge/BTC"
order_qty = "0.02"
)",
                                               ""}});
    const auto by_twin = load_scenario(text, "s.toml", "p4-no-lock");
    ASSERT_TRUE(by_twin) << by_twin.error().front();
    EXPECT_TRUE(by_twin->scenario.desk.engine.groups.empty());
    const auto by_keel = load_scenario(text, "s.toml");
    ASSERT_FALSE(by_keel);
    EXPECT_THAT(by_keel.error(),
                testing::ElementsAre("s.toml: scenario.subject: has no strategy for Keel's desk: "
                                     "add an [[xemm]] or another, or name a subject"));
}

TEST(Scenarios, TheEffectiveScenarioIsAScenarioAndItsOwnEffectiveScenario) {
    for (const std::string& text :
         {good_scenario(), edited_scenario({{"faults = [\"drop\", \"crash\"]\n", ""}})}) {
        const auto first = load_scenario(text, "scenario.toml");
        ASSERT_TRUE(first.has_value());
        const auto second = load_scenario(first->effective, "effective.toml");
        ASSERT_TRUE(second.has_value()) << second.error().front();
        EXPECT_EQ(second->effective, first->effective);
        EXPECT_EQ(second->hash, sha256_hex(first->effective));
        EXPECT_EQ(lines_of(second->scenario), lines_of(first->scenario));
    }
}

} // namespace
} // namespace keel::app

#include "app/config.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/scenario_schema.hpp"
#include "app/table.hpp"
#include "tests/app/desk_text.hpp"

namespace keel::app {
namespace {

LoadedConfig loaded(std::string_view text, const Overrides& overrides = {}) {
    const auto out = load_config(text, "folder/desk.toml", overrides);
    if (!out) {
        for (const std::string& error : out.error()) ADD_FAILURE() << error;
        return {};
    }
    return *out;
}

TEST(Config, BecomesExactCounts) {
    const RunConfig run = loaded(good_desk()).run;
    EXPECT_EQ(run.seed, 7U);
    EXPECT_EQ(run.duration, seconds(60));
    EXPECT_EQ(run.settle_max, seconds(1'800));
    EXPECT_EQ(run.faults.name, "calm");
    ASSERT_EQ(run.market_files.size(), 1U);
    EXPECT_EQ(run.market_files[0].path, "folder/btc.kmk"); // from the file's own folder
    const core::EngineConfig& engine = run.desk.engine;
    EXPECT_EQ(engine.desk, 3U);
    ASSERT_EQ(engine.venues.size(), 2U);
    EXPECT_EQ(engine.venues[1].validity, milliseconds(3'000));
    EXPECT_EQ(run.venues[0].accounts[0].collateral, Money{100'000 * money_one});
    EXPECT_EQ(run.venues[1].accounts[0].collateral, Money{50'000 * money_one});
    const Instrument& taker = engine.instruments[1].instrument;
    EXPECT_EQ(taker.min_qty, Lots{10}); // 0.001 in lots of 0.0001
    EXPECT_EQ(taker.maker_fee_ppm, 150);
    EXPECT_EQ(taker.taker_fee_ppm, 450); // 4.5 bps = 0.045 %
    EXPECT_EQ(taker.units_per_lot, 10'000);
    ASSERT_EQ(engine.groups.size(), 1U);
    EXPECT_EQ(engine.groups[0].exposure_limit, Units{2'000'000}); // 0.02 in units of 1e-8
    EXPECT_EQ(engine.groups[0].hedge_via, InstrumentIx{1});
    ASSERT_EQ(run.desk.xemm.size(), 1U);
    EXPECT_EQ(run.desk.xemm[0].order_qty, Lots{1'000}); // 0.010 in lots of 0.00001
    // The venues trade exactly what the desk trades.
    EXPECT_EQ(run.venues[1].instruments[0].spec.units_per_lot, 10'000);
}

// A knob that a config leaves out is what the code has without a config: no second truth.
TEST(Config, DefaultsAreThoseOfTheCode) {
    const RunConfig run = loaded(good_desk()).run;
    const core::EngineConfig& engine = run.desk.engine;
    const core::Capacities capacities;
    EXPECT_EQ(engine.capacities.orders, capacities.orders);
    EXPECT_EQ(engine.capacities.legs, capacities.legs);
    EXPECT_EQ(engine.capacities.fills, capacities.fills);
    const core::DeskLimits desk;
    EXPECT_EQ(engine.limits.max_rounds_without_human, desk.max_rounds_without_human);
    EXPECT_EQ(engine.limits.max_loss_session, desk.max_loss_session);
    const core::AuditConfig audits;
    EXPECT_EQ(engine.audits.open_orders_every, audits.open_orders_every);
    EXPECT_EQ(engine.audits.fills_every, audits.fills_every);
    EXPECT_EQ(engine.audits.positions_every, audits.positions_every);
    EXPECT_EQ(engine.audits.balances_every, audits.balances_every);
    EXPECT_EQ(engine.audits.verify_age_max, audits.verify_age_max);
    EXPECT_EQ(engine.audits.cancel_repeat, audits.cancel_repeat);
    EXPECT_EQ(engine.audits.query_repeat, audits.query_repeat);
    EXPECT_EQ(engine.audits.queries_per_second, audits.queries_per_second);
    EXPECT_EQ(engine.audits.cancels_before_escalation, audits.cancels_before_escalation);
    EXPECT_EQ(engine.audits.recovery_alarm_after, audits.recovery_alarm_after);
    const core::AccountLimits account;
    const core::AccountLimits& own = engine.accounts[0].limits;
    EXPECT_EQ(own.max_open_orders, account.max_open_orders);
    EXPECT_EQ(own.max_orders_per_second, account.max_orders_per_second);
    EXPECT_EQ(own.max_notional_per_minute, account.max_notional_per_minute);
    EXPECT_EQ(own.max_rejects_in_window, account.max_rejects_in_window);
    EXPECT_EQ(own.reject_window, account.reject_window);
    const core::InstrumentLimits limits;
    const core::InstrumentLimits& one = engine.instruments[0].limits;
    EXPECT_EQ(one.max_order_qty, limits.max_order_qty);
    EXPECT_EQ(one.max_order_notional, limits.max_order_notional);
    EXPECT_EQ(one.max_position_notional, limits.max_position_notional);
    EXPECT_EQ(one.price_collar, limits.price_collar);
    EXPECT_EQ(one.stale_mark, limits.stale_mark);
    const core::GroupConfig group;
    EXPECT_EQ(engine.groups[0].hedge_slippage_start, group.hedge_slippage_start);
    EXPECT_EQ(engine.groups[0].hedge_slippage_step, group.hedge_slippage_step);
    EXPECT_EQ(engine.groups[0].hedge_slippage_max, group.hedge_slippage_max);
    EXPECT_EQ(engine.groups[0].hedge_retry, group.hedge_retry);
    EXPECT_EQ(engine.groups[0].hedged_within, group.hedged_within);
    EXPECT_EQ(engine.groups[0].assign_adjustments, group.assign_adjustments);
    const strategy::XemmConfig xemm;
    EXPECT_EQ(run.desk.xemm[0].target_edge, xemm.target_edge);
    EXPECT_EQ(run.desk.xemm[0].edge_drift, xemm.edge_drift);
    EXPECT_EQ(run.desk.xemm[0].refresh_age, xemm.refresh_age);
    EXPECT_EQ(run.desk.xemm[0].rounds_max, xemm.rounds_max);
    EXPECT_EQ(run.desk.xemm[0].on_exit, xemm.on_exit);
    const Instrument instrument;
    const Instrument& maker = engine.instruments[0].instrument;
    EXPECT_EQ(maker.min_qty, instrument.min_qty);
    EXPECT_EQ(maker.max_qty, instrument.max_qty);
    EXPECT_EQ(maker.min_notional, instrument.min_notional);
    EXPECT_EQ(maker.initial_margin_ppm, instrument.initial_margin_ppm);
}

TEST(Config, DefaultsOfTraitsAndVenuesAreThoseOfTheCode) {
    const RunConfig run = loaded(good_desk()).run;
    const VenueTraits traits;
    const VenueTraits& own = run.desk.engine.venues[0];
    EXPECT_EQ(own.amend_qty, traits.amend_qty);
    EXPECT_EQ(own.amend_keeps_order_id, traits.amend_keeps_order_id);
    EXPECT_EQ(own.amend_supported, traits.amend_supported);
    EXPECT_EQ(own.fence, traits.fence);
    EXPECT_EQ(own.validity, traits.validity);
    EXPECT_EQ(own.visibility, traits.visibility);
    EXPECT_EQ(own.clock_error, traits.clock_error);
    EXPECT_EQ(own.longest_delay, traits.longest_delay);
    EXPECT_EQ(own.answer_timeout, traits.answer_timeout);
    EXPECT_EQ(own.end_vouches_qty, traits.end_vouches_qty);
    EXPECT_EQ(own.status_by_cl_ord_id, traits.status_by_cl_ord_id);
    EXPECT_EQ(own.reduce_only_at_match, traits.reduce_only_at_match);
    EXPECT_EQ(own.cancels_overtake, traits.cancels_overtake);
    EXPECT_EQ(own.tells_all_changes, traits.tells_all_changes);
    EXPECT_EQ(own.batch_max, traits.batch_max);
    EXPECT_EQ(own.requests_per_second, traits.requests_per_second);
    EXPECT_EQ(own.reserve_percent, traits.reserve_percent);
    const sim::VenueConfig venue;
    const sim::VenueConfig& sim = run.venues[0];
    const auto same = [](sim::DelayRange a, sim::DelayRange b) {
        return a.min == b.min && a.max == b.max;
    };
    EXPECT_TRUE(same(sim.socket_request, venue.socket_request));
    EXPECT_TRUE(same(sim.rest_request, venue.rest_request));
    EXPECT_TRUE(same(sim.order_stream, venue.order_stream));
    EXPECT_TRUE(same(sim.fill_stream, venue.fill_stream));
    EXPECT_TRUE(same(sim.position_stream, venue.position_stream));
    EXPECT_TRUE(same(sim.market_stream, venue.market_stream));
    EXPECT_TRUE(same(sim.read_lag, venue.read_lag));
    EXPECT_EQ(sim.market_interval, venue.market_interval);
    EXPECT_EQ(sim.taker_delay, venue.taker_delay);
    EXPECT_EQ(sim.clock_offset, venue.clock_offset);
    EXPECT_EQ(sim.fills_replayed_on_reconnect, venue.fills_replayed_on_reconnect);
    EXPECT_EQ(sim.orders_snapshot_on_reconnect, venue.orders_snapshot_on_reconnect);
    EXPECT_EQ(sim.self_trade_reports_rejected, venue.self_trade_reports_rejected);
    EXPECT_EQ(sim.answers_before_judging, venue.answers_before_judging);
    EXPECT_EQ(sim.pushes_positions, venue.pushes_positions);
    EXPECT_EQ(sim.reduce_only_size_checked, venue.reduce_only_size_checked);
    EXPECT_EQ(sim.outside_told, venue.outside_told);
    EXPECT_EQ(sim.orders_max, venue.orders_max);
    EXPECT_EQ(sim.messages_max, venue.messages_max);
    EXPECT_EQ(sim.history_max, venue.history_max);
    EXPECT_EQ(sim.instruments[0].queue_cancel_share_ppm,
              sim::SimInstrument{}.queue_cancel_share_ppm);
    const sim::BasisKnobs none = sim::BasisKnobs::none();
    EXPECT_EQ(run.basis_knobs[0], none);
}

TEST(Config, WhatOthersDoIsOfAnInstrument) {
    const RunConfig none = loaded(good_desk()).run;
    EXPECT_EQ(none.outside.size(), none.desk.engine.instruments.size());
    EXPECT_EQ(none.outside[0].manual_per_hour, 0U);
    EXPECT_EQ(none.outside[0].liquidations_per_hour, 0U);
    EXPECT_EQ(none.outside[0].adl_per_hour, 0U);
    EXPECT_EQ(none.outside[0].qty_max, none.desk.engine.instruments[0].instrument.min_qty);
    const auto with = [](std::string_view keys) {
        const std::string text = good_desk();
        const std::size_t second = text.find("[[instrument]]", text.find("[[instrument]]") + 1);
        return text.substr(0, second) + fmt::format("[instrument.outside]\n{}\n", keys) +
               text.substr(second);
    };
    const RunConfig run =
        loaded(with("manual_trades_per_hour = 2\nliquidations_per_hour = 3\nadl_per_hour = 4\n"
                    "qty_max = \"0.05\""))
            .run;
    EXPECT_EQ(run.outside[0].manual_per_hour, 2U);
    EXPECT_EQ(run.outside[0].liquidations_per_hour, 3U);
    EXPECT_EQ(run.outside[0].adl_per_hour, 4U);
    EXPECT_EQ(run.outside[0].qty_max, Lots{5'000}); // of 0.00001
    EXPECT_EQ(run.outside[1].manual_per_hour, 0U);
}

TEST(Config, FundingIsOfAnInstrument) {
    const RunConfig none = loaded(good_desk()).run;
    for (const sim::VenueConfig& venue : none.venues) {
        EXPECT_FALSE(venue.instruments[0].funding.is_some());
        EXPECT_EQ(venue.instruments[0].funding.half_life, sim::FundingTerms{}.half_life);
    }
    const std::string text = good_desk();
    const std::size_t second = text.find("[[instrument]]", text.find("[[instrument]]") + 1);
    const auto with = [&](std::string_view keys) {
        return text.substr(0, second) + fmt::format("[instrument.funding]\n{}\n", keys) +
               text.substr(second);
    };
    const RunConfig run = loaded(with("every_ms = 3600000\nmean_bps = \"-0.13\"\n"
                                      "spread_bps = \"1.5\"\nhalf_life_ms = 7200000"))
                              .run;
    const sim::FundingTerms& terms = run.venues[0].instruments[0].funding;
    EXPECT_EQ(terms.every, seconds(3'600));
    EXPECT_EQ(terms.mean, Bps{-13});
    EXPECT_EQ(terms.spread, Bps{150});
    EXPECT_EQ(terms.half_life, seconds(7'200));
    EXPECT_FALSE(run.venues[1].instruments[0].funding.is_some());
    EXPECT_TRUE(loaded(with("every_ms = 3600000")).warnings.empty()) << "nobody has to listen";

    const auto refused = load_config(with("half_life_ms = 5000\nevery_ms = 6000"), "desk.toml");
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(refused.error().front().find(
                  "instrument[1].funding.every_ms: funding every 6000 ms with a half-life of 5000 "
                  "ms: give at least 1000 ms, and a half-life that is no shorter"),
              std::string::npos)
        << refused.error().front();
    const auto twice =
        load_config(with("every_ms = 6000") + "[[signal]]\ninstrument = \"maker/BTC\"\nkind = "
                                              "\"funding\"\nfile = \"f.csv\"\n",
                    "desk.toml");
    ASSERT_FALSE(twice.has_value());
    EXPECT_NE(twice.error().front().find(
                  "signal[1].kind: is \"funding\", which the venue tells of \"maker/BTC\" already "
                  "([instrument.funding]); one source for each kind and instrument"),
              std::string::npos)
        << twice.error().front();
}

TEST(Config, TheEffectiveConfigIsAConfigAndItsOwnEffectiveConfig) {
    for (const std::string& text : {good_desk(), edited_desk({{"\"calm\"", "\"harsh\""}})}) {
        const LoadedConfig first = loaded(text);
        const LoadedConfig second = loaded(first.effective);
        EXPECT_EQ(second.effective, first.effective);
        EXPECT_EQ(second.hash, first.hash);
        EXPECT_EQ(first.hash, sha256_hex(first.effective));
        EXPECT_EQ(first.hash.size(), 64U);
    }
    EXPECT_EQ(sha256_hex("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// How a number is written does not matter, nor do comments and the order of keys.
TEST(Config, EqualConfigsHaveEqualHashes) {
    const std::string hash = loaded(good_desk()).hash;
    for (const std::vector<Edit>& edits : std::vector<std::vector<Edit>>{
             {{"order_qty = \"0.010\"", "order_qty = \"0.01\" # a comment"}},
             {{"seed = 7\nfaults = \"calm\"", "faults = \"calm\"\nseed = 7"}},
             {{"collateral = 50000", "collateral = \"50000.00\""}},
             {{"maker_fee_bps = \"1.5\"\ntaker_fee_bps = \"4\"",
               "maker_fee_bps = \"1.50\"\ntaker_fee_bps = 4"}},
         }) {
        EXPECT_EQ(loaded(edited_desk(edits)).hash, hash);
    }
    EXPECT_NE(loaded(edited_desk({{"seed = 7", "seed = 8"}})).hash, hash);
}

TEST(Config, TheCommandLineOverridesTheFile) {
    Overrides overrides;
    overrides.faults = "harsh";
    overrides.seed = 11;
    overrides.duration = seconds(5'400);
    overrides.market_files = {"a.csv:ETHUSDT", "/b/c.gz"};
    const LoadedConfig config = loaded(good_desk(), overrides);
    EXPECT_EQ(config.run.faults.name, "harsh");
    EXPECT_EQ(config.run.seed, 11U);
    EXPECT_EQ(config.run.duration, seconds(5'400));
    ASSERT_EQ(config.run.market_files.size(), 2U);
    EXPECT_EQ(config.run.market_files[0].path, "a.csv"); // from where the process stands
    EXPECT_EQ(config.run.market_files[0].symbol, "ETHUSDT");
    EXPECT_EQ(config.run.market_files[1].path, "/b/c.gz");
    EXPECT_THAT(config.effective, testing::HasSubstr("seed = 11\nfaults = \"harsh\"\n"));
}

TEST(Config, TheCommandLineIsHeldToTheSameSchema) {
    Overrides overrides;
    overrides.faults = "hush";
    overrides.seed = -1;
    overrides.duration = milliseconds(1'500);
    const auto refused = load_config(good_desk(), "desk.toml", overrides);
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(
        refused.error(),
        testing::ElementsAre("--faults: is \"hush\", but must be \"calm\", \"rough\", \"harsh\" or "
                             "\"beyond\"",
                             "--seed: is -1, but must be from 0 to 9223372036854775807",
                             "--duration: is 1500 ms, but must be whole seconds"));
}

TEST(Config, WarnsButStartsWhenANewQuoteMustWaitForTheOldOne) {
    const LoadedConfig config =
        loaded(edited_desk({{"exposure_limit = \"0.02\"", "exposure_limit = \"0.015\""}}));
    EXPECT_THAT(config.warnings,
                testing::ElementsAre(
                    "folder/desk.toml:49:18: warning: group[1].exposure_limit: is 0.015, and a "
                    "quote is 0.01: a new quote will wait until the end of the old one is "
                    "evidence; 0.02 is room for two"));
}

TEST(Config, EveryErrorIsListedInTheOrderOfTheFile) {
    const auto refused = load_config(edited_desk({{"number = 3", "number = 0\nnonsense = 1"},
                                                  {"seed = 7", "seed = true"},
                                                  {"group = \"btc\"", "group = \"eth\""},
                                                  {"[venue.traits]", "[venue.trait]"}}),
                                     "desk.toml");
    ASSERT_FALSE(refused.has_value());
    EXPECT_THAT(
        refused.error(),
        testing::ElementsAre(
            "desk.toml:2:8: run.seed: is true or false, but must be an integer, 0 or more",
            "desk.toml:8:10: desk.number: is 0, but must be from 1 to 4095",
            "desk.toml:9:1: desk.nonsense: unknown key; known are number, capacities, limits, "
            "audits. `keel config schema` explains them",
            "desk.toml:20:8: venue[2].trait: unknown key; did you mean \"traits\"?",
            "desk.toml:54:9: xemm[1].group: there is no group \"eth\"; known are \"btc\""));
}

TEST(Config, TheExampleIsGood) {
    const auto config = load_config_file(std::string{KEEL_SOURCE_DIR} + "/examples/xemm.toml");
    ASSERT_TRUE(config.has_value()) << config.error().front();
    EXPECT_TRUE(config->warnings.empty()) << config->warnings.front();
    EXPECT_EQ(config->run.duration, seconds(3'600));
    EXPECT_EQ(config->run.desk.xemm.size(), 2U);
    // The published fees: maker of the one venue, taker of the other.
    EXPECT_EQ(config->run.desk.engine.instruments[0].instrument.maker_fee_ppm, 150);
    EXPECT_EQ(config->run.desk.engine.instruments[2].instrument.taker_fee_ppm, 450);
}

TEST(Config, AFileThatIsNotThereIsSaidSo) {
    const auto missing = load_config_file("no/such/file.toml");
    ASSERT_FALSE(missing.has_value());
    EXPECT_THAT(missing.error(),
                testing::ElementsAre("no/such/file.toml: cannot be read: No such file or "
                                     "directory. Give the path of a config file, such as "
                                     "examples/xemm.toml"));
}

void check_section(const Section& root, const Section& section) {
    std::set<std::string_view> keys;
    for (const Field& field : section.fields()) {
        SCOPED_TRACE(std::string{section.name} + "." + std::string{field.key});
        EXPECT_TRUE(keys.insert(field.key).second) << "twice";
        EXPECT_FALSE(field.doc.empty());
        EXPECT_FALSE(describe(field).empty());
        if (field.standard != required) {
            EXPECT_TRUE(standard_value(field, {}).is_good);
        }
        const std::string schema = schema_text(root);
        EXPECT_THAT(schema, testing::HasSubstr(std::string{field.key}));
    }
    for (const Section& child : section.children()) {
        EXPECT_TRUE(keys.insert(child.name).second) << child.name;
        check_section(root, child);
    }
}

TEST(Schema, EveryKnobIsExplainedAndHasAGoodDefault) {
    check_section(config_schema(), config_schema());
    check_section(scenario_schema(), scenario_schema());
}

TEST(Schema, EveryFaultProfileOfTheVenuesCanBeChosen) {
    for (const char* name : {"calm", "rough", "harsh", "beyond"}) {
        EXPECT_TRUE(sim::fault_profile(name).has_value()) << name;
        Overrides overrides;
        overrides.faults = name;
        EXPECT_EQ(loaded(good_desk(), overrides).run.faults.name, name);
    }
}

} // namespace
} // namespace keel::app

#include "tests/world/small_world.hpp"

#include <fmt/format.h>

#include "audit/violation.hpp"

namespace keel::world::test {
namespace {

constexpr InstrumentIx maker{0};
constexpr InstrumentIx hedge{1};

Instrument btc(std::uint32_t venue) {
    Instrument draft;
    draft.symbol = "BTC";
    draft.tick_size = {1, 0};
    draft.lot_size = {1, 4};
    draft.min_notional = Money{10 * money_one};
    draft.maker_fee_ppm = 100;
    draft.taker_fee_ppm = 300;
    draft.venue = VenueIx{venue};
    return make_instrument(draft).value();
}

} // namespace

WildFeed::WildFeed(InstrumentIx instrument, std::uint64_t seed, std::int64_t basis_ticks,
                   Timestamp start, Timestamp until)
    : instrument_(instrument), walk_(Rng{seed}.fork(1)),
      basis_(Rng{seed}.fork(2 + instrument.value())), basis_max_(basis_ticks), at_(start),
      until_(until) {}

// Nine quotes, then a print that goes through the book.
sim::Venue::MarketMove WildFeed::next() {
    sim::Venue::MarketMove move;
    move.instrument = instrument_;
    const std::int64_t step = walk_.between(-8, 8);
    const bool is_bought = walk_.chance_ppm(500'000);
    const std::int64_t depth = walk_.between(0, 60);
    if (basis_max_ > 0 && moves_ % 50 == 0) basis_now_ = basis_.between(-basis_max_, basis_max_);
    mid_ += step + (mid_ < 55'000 ? 5 : 0) - (mid_ > 65'000 ? 5 : 0);
    const std::int64_t here = mid_ + basis_now_;
    move.bid_px = Ticks{here - 2};
    move.ask_px = Ticks{here + 2};
    move.bid_qty = Lots{2'000};
    move.ask_qty = Lots{2'000};
    if (moves_ % 10 == 9) {
        move.is_trade = true;
        move.aggressor = is_bought ? Side::Buy : Side::Sell;
        move.px = Ticks{is_bought ? here + depth : here - depth};
        move.qty = Lots{50 + depth};
    }
    ++moves_;
    at_ = at_ + milliseconds(100);
    return move;
}

SmallWorld small_world(std::string_view faults, std::uint64_t seed, Duration duration) {
    strategy::DeskConfig desk;
    VenueTraits traits;
    traits.amend_supported = false;
    for (const char* name : {"quoting", "hedging"}) {
        traits.name = name;
        desk.engine.venues.push_back(traits);
        core::AccountConfig account;
        account.name = name;
        account.venue = VenueIx{static_cast<std::uint32_t>(desk.engine.accounts.size())};
        account.limits.max_orders_per_second = 15;
        desk.engine.accounts.push_back(account);
    }
    for (std::uint32_t i = 0; i < 2; ++i) {
        core::InstrumentConfig one;
        one.instrument = btc(i);
        one.account = AccountIx{i};
        one.limits.max_position_notional = Money{20'000 * money_one};
        desk.engine.instruments.push_back(one);
    }
    core::GroupConfig group;
    group.name = "btc";
    group.members = {maker, hedge};
    group.hedge_via = hedge;
    group.exposure_limit = Units{4'000'000}; // 0.04 BTC
    group.hedged_within = seconds(40);
    desk.engine.groups.push_back(group);
    desk.engine.capacities.orders = 256;
    desk.engine.capacities.fills = 8'192;
    strategy::XemmConfig xemm;
    xemm.name = "btc";
    xemm.group = GroupIx{0};
    xemm.maker = maker;
    xemm.hedge = hedge;
    xemm.order_qty = Lots{100}; // 0.01 BTC
    desk.xemm.push_back(xemm);

    SmallWorld out;
    out.config.desk = strategy::make_desk_config(desk).value();
    for (std::uint32_t i = 0; i < 2; ++i) {
        sim::VenueConfig venue;
        venue.venue = VenueIx{i};
        venue.traits = desk.engine.venues[i];
        venue.instruments.push_back({.instrument = InstrumentIx{i},
                                     .account = AccountIx{i},
                                     .spec = out.config.desk.engine.instruments[i].instrument});
        venue.accounts.push_back({AccountIx{i}, Money{100'000 * money_one}});
        venue.orders_max = 512;
        venue.messages_max = 4'096;
        out.config.venues.push_back(venue);
    }
    out.config.faults = sim::fault_profile(faults).value();
    out.config.seed = seed;
    out.config.duration = duration;
    out.config.hash_every = 100;
    out.config.snapshot_every = 5'000;
    return out;
}

SmallWorld bracket_world(std::string_view faults, std::uint64_t seed, Duration duration) {
    SmallWorld out = small_world(faults, seed, duration);
    strategy::DeskConfig& desk = out.config.desk;
    desk.engine.groups.clear();
    desk.xemm.clear();
    strategy::BracketConfig bracket;
    bracket.name = "btc";
    bracket.instrument = maker;
    bracket.qty_max = Lots{100};
    bracket.stop = Bps{6 * bps_one}; // the market walks as far in a minute
    bracket.limit = Bps{8 * bps_one};
    bracket.emergency = Bps{6 * bps_one};
    bracket.protected_within = seconds(40);
    desk.bracket.push_back(bracket);
    desk = strategy::make_desk_config(desk).value();
    out.config.signals.emplace_back(RandomTargets{{.instrument = maker,
                                                   .spec = desk.engine.instruments[0].instrument,
                                                   .qty = Lots{100},
                                                   .valid_for = seconds(5),
                                                   .stop = {},
                                                   .limit = {}},
                                                  seconds(10),
                                                  seed,
                                                  out.config.start});
    return out;
}

sim::Venue::MarketMove BinaryFeed::next() {
    constexpr std::int64_t end = 1'000;
    constexpr std::int64_t step = 10;
    if (mirrors_) {
        mirrors_ = false;
        sim::Venue::MarketMove move = first_;
        move.instrument = InstrumentIx{1};
        move.aggressor = opposite(first_.aggressor);
        move.px = Ticks{end} - first_.px;
        move.bid_px = Ticks{end} - first_.ask_px;
        move.ask_px = Ticks{end} - first_.bid_px;
        move.bid_qty = first_.ask_qty;
        move.ask_qty = first_.bid_qty;
        at_ = at_ + milliseconds(100);
        return move;
    }
    mirrors_ = true;
    value_ += walk_.between(-4, 4) + (value_ < 300 ? 2 : 0) - (value_ > 700 ? 2 : 0);
    const bool is_bought = walk_.chance_ppm(500'000);
    first_ = {};
    first_.instrument = InstrumentIx{0};
    first_.bid_px = Ticks{(value_ - step / 2) / step * step};
    first_.ask_px = Ticks{(value_ + step / 2 + step - 1) / step * step};
    first_.bid_qty = first_.ask_qty = Lots{100};
    if (++moves_ % 5 == 0) {
        first_.is_trade = true;
        first_.aggressor = is_bought ? Side::Buy : Side::Sell;
        const Ticks deep{walk_.between(0, 3) * step};
        first_.px = is_bought ? first_.ask_px + deep : first_.bid_px - deep;
        first_.qty = Lots{60};
    }
    return first_;
}

namespace {

Instrument outcome(const char* symbol) {
    Instrument draft;
    draft.symbol = symbol;
    draft.tick_size = {1, 3};
    draft.lot_size = {1, 0};
    draft.price_step = Ticks{10};
    draft.px_end = Ticks{1'000};
    draft.long_only = true;
    draft.settles_late = true;
    draft.taker_fee_ppm = 1'000;
    draft.initial_margin_ppm = 1'000'000;
    draft.venue = VenueIx{0};
    return make_instrument(draft).value();
}

} // namespace

SmallWorld quoter_world(std::string_view faults, std::uint64_t seed, Duration duration) {
    SmallWorld out = small_world(faults, seed, duration);
    out.is_binary = true;
    strategy::DeskConfig& desk = out.config.desk;
    core::EngineConfig& engine = desk.engine;
    engine.groups.clear();
    desk.xemm.clear();
    engine.venues.resize(1);
    engine.accounts.resize(1);
    engine.venues[0].batch_max = 10;
    engine.venues[0].heartbeat_timeout = seconds(10);
    engine.accounts[0].limits.max_orders_per_second = 40;
    engine.venues[0].requests_per_second = 60;
    for (std::uint32_t i = 0; i < 2; ++i) {
        core::InstrumentConfig& one = engine.instruments[i];
        one.instrument = outcome(i == 0 ? "YES" : "NO");
        one.account = AccountIx{0};
        one.limits.price_collar = Bps{9'000 * bps_one};
    }
    strategy::QuoterConfig quoter;
    quoter.name = "outcomes";
    quoter.first = maker;
    quoter.second = hedge;
    quoter.levels = 2;
    quoter.level_qty = Lots{20};
    quoter.half_spread = Ticks{10};
    quoter.level_gap = Ticks{10};
    quoter.requote = Ticks{5};
    quoter.slack = Ticks{5};
    quoter.inventory_max = Lots{200};
    quoter.merge_min = Lots{20};
    quoter.complete_above = Lots{100};
    quoter.slippage = Bps{500 * bps_one};
    desk.quoter.push_back(quoter);
    desk = strategy::make_desk_config(desk).value();
    out.config.venues.resize(1);
    sim::VenueConfig& venue = out.config.venues[0];
    venue.traits = engine.venues[0];
    venue.instruments.clear();
    for (std::uint32_t i = 0; i < 2; ++i) {
        venue.instruments.push_back({.instrument = InstrumentIx{i},
                                     .account = AccountIx{0},
                                     .spec = engine.instruments[i].instrument});
    }
    venue.settlement = {milliseconds(500), seconds(3)};
    out.config.signals.emplace_back(MidValue{{.instrument = maker,
                                              .of = maker,
                                              .tick = {1, 3},
                                              .every = seconds(1),
                                              .valid_for = seconds(5),
                                              .noise = Bps{0}},
                                             seed,
                                             out.config.start});
    return out;
}

std::vector<MarketFeed> SmallWorld::feeds() const {
    const Timestamp until = config.start + config.duration + config.settle_max;
    std::vector<MarketFeed> out;
    if (is_binary) {
        out.emplace_back(BinaryFeed{config.seed, config.start, until});
        return out;
    }
    out.emplace_back(WildFeed{maker, config.seed, 80, config.start, until});
    out.emplace_back(WildFeed{hedge, config.seed, 0, config.start, until});
    return out;
}

std::string told(const RunResult& result) {
    std::string out =
        fmt::format("ended {}, {} violations\n", to_string(result.ending), result.violations);
    for (const audit::Violation& one : result.violation_list) {
        out += fmt::format("  {}: {}\n", to_string(one.rule), one.text);
    }
    return out;
}

} // namespace keel::world::test

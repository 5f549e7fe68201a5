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

std::vector<MarketFeed> SmallWorld::feeds() const {
    const Timestamp until = config.start + config.duration + config.settle_max;
    std::vector<MarketFeed> out;
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

#pragma once

#include "tests/sim/venue_harness.hpp"

// A venue of one binary market: both outcomes as instruments of one account.

namespace keel::sim {

constexpr InstrumentIx yes = btc;
constexpr InstrumentIx no = eth;

// A tick is 0.001, a lot 1 share, so tick x lot is 100,000 units of Money; prices are multiples of
// 0.01 at first, and below 1.
inline Instrument share(std::string symbol) {
    Instrument draft;
    draft.symbol = std::move(symbol);
    draft.tick_size = Decimal{1, 3};
    draft.lot_size = Decimal{1, 0};
    draft.price_step = Ticks{10};
    draft.px_end = Ticks{1'000};
    draft.long_only = true;
    draft.settles_late = true;
    draft.taker_fee_ppm = 1'000;
    draft.initial_margin_ppm = 1'000'000;
    return *make_instrument(draft);
}

// What is matched is confirmed after a second.
inline VenueConfig binary_config() {
    VenueConfig config = test_config();
    config.instruments = {SimInstrument{yes, account_0, share("YES")},
                          SimInstrument{no, account_0, share("NO")}};
    config.accounts = {SimAccount{account_0, Money{1'000 * money_one}}};
    config.settlement = {seconds(1), seconds(1)};
    config.status_every = {}; // news alone
    config.pushes_positions = true;
    return config;
}

class BinaryDesk : public Desk {
public:
    explicit BinaryDesk(const VenueConfig& config = binary_config(),
                        const FaultProfile& faults = no_faults(), std::uint64_t seed = 1)
        : Desk(config, faults, seed) {
        quote(yes, 400, 100, 420, 100);
        quote(no, 580, 100, 600, 100);
        settle();
        heard.clear();
        venue.clear_new_fills();
    }
    NewOrderSingle of(InstrumentIx instrument, Side side, std::int64_t px, std::int64_t qty,
                      TimeInForce tif = TimeInForce::Gtc) {
        NewOrderSingle out = order(side, px, qty, tif);
        out.instrument = instrument;
        return out;
    }
    // Takes it from the market, matched and not confirmed yet.
    ClOrdID buy(InstrumentIx instrument, std::int64_t qty) {
        return place(
            of(instrument, Side::Buy, instrument == yes ? 420 : 600, qty, TimeInForce::Ioc));
    }
    // Takes it and waits until it is settled.
    ClOrdID buy_settled(InstrumentIx instrument, std::int64_t qty) {
        const ClOrdID id = buy(instrument, qty);
        run(seconds(2));
        return id;
    }
    // Sends an order and waits for its answer.
    RequestAnswer ask(const NewOrderSingle& request) {
        venue.send(request, now);
        run(milliseconds(50));
        return last_answer();
    }
    NewOrderSingle conversion(OrdKind kind, InstrumentIx instrument, std::int64_t px,
                              std::int64_t qty) {
        NewOrderSingle out = of(instrument, Side::Sell, px, qty, TimeInForce::Ioc);
        out.kind = kind;
        out.reduce_only = 1;
        return out;
    }
    // Both legs of a merge, in one batch. The answers to both.
    std::vector<RequestAnswer> merge(std::int64_t qty_yes, std::int64_t qty_no,
                                     std::int64_t px = 410) {
        const std::size_t before = all<RequestAnswer>().size();
        auto first = conversion(OrdKind::Merge, yes, px, qty_yes);
        auto second = conversion(OrdKind::Merge, no, 1'000 - px, qty_no);
        first.batch = second.batch = ++batches;
        venue.send(first, now);
        venue.send(second, now);
        run(milliseconds(50));
        const auto answers = all<RequestAnswer>();
        return {answers.begin() + static_cast<std::ptrdiff_t>(before), answers.end()};
    }
    void act(InstrumentIx instrument, ListingAct::Kind kind, std::int64_t value = 0) {
        venue.on_listing({.instrument = instrument, .kind = kind, .value = Ticks{value}}, now);
    }
    [[nodiscard]] std::int64_t sellable(InstrumentIx instrument) const {
        return venue.sellable(instrument).value();
    }
    [[nodiscard]] std::vector<FillStage> stages() const {
        std::vector<FillStage> out;
        for (const auto& fill : reports(ExecType::Trade)) out.push_back(fill.stage);
        return out;
    }
    std::uint32_t batches = 0;
};

} // namespace keel::sim

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "sim/venue.hpp"

// A venue with one or two instruments and a pencil: sends requests, moves the market, and writes
// down what the desk hears and when.

namespace keel::sim {

constexpr InstrumentIx btc{0};
constexpr InstrumentIx eth{1};
constexpr AccountIx account_0{0};

// tick x lot is one thousandth of the quote currency: 100,000 units of Money.
inline Instrument test_instrument(std::string symbol) {
    Instrument draft;
    draft.symbol = std::move(symbol);
    draft.tick_size = Decimal{1, 1};
    draft.lot_size = Decimal{1, 2};
    draft.maker_fee_ppm = 150;
    draft.taker_fee_ppm = 450;
    draft.initial_margin_ppm = 100'000;
    return *make_instrument(draft);
}

// Every delay is one known number, and nothing goes wrong.
inline VenueConfig test_config() {
    const auto exactly = [](std::int64_t ms) {
        return DelayRange{milliseconds(ms), milliseconds(ms)};
    };
    VenueConfig config;
    config.venue = VenueIx{0};
    config.traits.name = "test";
    config.traits.batch_max = 10;
    config.traits.requests_per_second = 100'000;
    config.instruments = {SimInstrument{btc, account_0, test_instrument("BTC")},
                          SimInstrument{eth, account_0, test_instrument("ETH")}};
    config.accounts = {SimAccount{account_0, Money{1'000'000 * money_one}}};
    config.socket_request = exactly(10); // 5 ms in, 5 ms out
    config.rest_request = exactly(60);   // 30 ms in, 30 ms out
    config.order_stream = exactly(7);
    config.fill_stream = exactly(8);
    config.position_stream = exactly(20);
    config.market_stream = exactly(3);
    config.read_lag = exactly(0);
    config.market_interval = milliseconds(100);
    config.orders_max = 64;
    config.messages_max = 512;
    return config;
}

inline FaultProfile no_faults() { return FaultProfile{.name = "none"}; }

inline FaultProfile only(FaultKind kind, std::uint32_t ppm = 1'000'000) {
    FaultProfile profile = no_faults();
    profile.ppm[static_cast<std::size_t>(kind)] = ppm;
    return profile;
}

class Desk {
public:
    struct Heard {
        Timestamp at;
        EventBody body;
    };

    explicit Desk(const VenueConfig& config = test_config(),
                  const FaultProfile& faults = no_faults(), std::uint64_t seed = 1)
        : venue(config, faults, seed) {}

    // Lets everything happen until `until`, each at its time.
    void run_until(Timestamp until) {
        while (venue.next_at() <= until) {
            now = later(now, venue.next_at());
            std::vector<EventBody> out;
            venue.advance(now, out);
            for (const EventBody& body : out) heard.push_back({now, body});
        }
        now = later(now, until);
    }
    void run(Duration length) { run_until(now + length); }
    // Until nothing is under way. (Late repeats count: up to a minute.)
    void settle() { run(seconds(100)); }

    void quote(InstrumentIx instrument, std::int64_t bid, std::int64_t bid_qty, std::int64_t ask,
               std::int64_t ask_qty) {
        Venue::MarketMove move;
        move.instrument = instrument;
        move.bid_px = Ticks{bid};
        move.bid_qty = Lots{bid_qty};
        move.ask_px = Ticks{ask};
        move.ask_qty = Lots{ask_qty};
        venue.on_market(move, now);
    }
    void print(InstrumentIx instrument, Side aggressor, std::int64_t px, std::int64_t qty) {
        Venue::MarketMove move;
        move.instrument = instrument;
        move.is_trade = true;
        move.aggressor = aggressor;
        move.px = Ticks{px};
        move.qty = Lots{qty};
        venue.on_market(move, now);
    }

    NewOrderSingle order(Side side, std::int64_t px, std::int64_t qty,
                         TimeInForce tif = TimeInForce::Gtc) {
        NewOrderSingle out;
        out.request = RequestID{++requests};
        out.cl_ord_id = ClOrdID::make(1, 1, ++orders);
        out.account = account_0;
        out.instrument = btc;
        out.side = side;
        out.tif = tif;
        out.px = Ticks{px};
        out.qty = Lots{qty};
        out.valid_until = now + seconds(2);
        return out;
    }
    // Sends it and waits until it has certainly arrived (and nothing else has happened since).
    ClOrdID place(const NewOrderSingle& request) {
        venue.send(request, now);
        run(milliseconds(5));
        return request.cl_ord_id;
    }
    ClOrdID place(Side side, std::int64_t px, std::int64_t qty,
                  TimeInForce tif = TimeInForce::Gtc) {
        return place(order(side, px, qty, tif));
    }
    OrderCancelRequest cancel_of(ClOrdID id, Transport transport = Transport::Socket) {
        OrderCancelRequest out;
        out.request = RequestID{++requests};
        out.cl_ord_id = id;
        out.account = account_0;
        out.instrument = btc;
        out.transport = transport;
        out.valid_until = now + seconds(2);
        return out;
    }
    OrderCancelReplaceRequest amend_of(ClOrdID id, std::int64_t px, std::int64_t qty) {
        OrderCancelReplaceRequest out;
        out.request = RequestID{++requests};
        out.cl_ord_id = id;
        out.account = account_0;
        out.instrument = btc;
        out.amend_no = ++amends;
        out.px = Ticks{px};
        out.qty = Lots{qty};
        out.valid_until = now + seconds(2);
        return out;
    }
    ReadRequest read_of(RequestKind kind, Timestamp from = Timestamp{}) {
        ReadRequest out;
        out.request = RequestID{++requests};
        out.account = account_0;
        out.kind = kind;
        out.from = from;
        return out;
    }
    OrderStatusRequest status_of(ClOrdID id) {
        OrderStatusRequest out;
        out.request = RequestID{++requests};
        out.cl_ord_id = id;
        out.account = account_0;
        out.instrument = btc;
        return out;
    }

    // What was heard of one kind, in order.
    template <class Body> [[nodiscard]] std::vector<Body> all() const {
        std::vector<Body> out;
        for (const Heard& one : heard) {
            if (const Body* body = std::get_if<Body>(&one.body)) out.push_back(*body);
        }
        return out;
    }
    [[nodiscard]] std::vector<ExecutionReport>
    reports(ExecType type, ReportSource source = ReportSource::Stream) const {
        std::vector<ExecutionReport> out;
        for (const auto& report : all<ExecutionReport>()) {
            if (report.exec_type == type && report.source == source) out.push_back(report);
        }
        return out;
    }
    [[nodiscard]] RequestAnswer last_answer() const {
        const auto answers = all<RequestAnswer>();
        return answers.empty() ? RequestAnswer{} : answers.back();
    }
    // The venue's own word about an order's newest leg.
    [[nodiscard]] TrueOrder truth(ClOrdID id) const {
        TrueOrder found;
        venue.for_each_order([&](const TrueOrder& order) {
            if (order.cl_ord_id == id && (found.cl_ord_id.is_none() || order.is_open))
                found = order;
        });
        return found;
    }
    [[nodiscard]] std::int64_t filled(ClOrdID id) const { return truth(id).cum_qty.value(); }
    [[nodiscard]] std::int64_t position(InstrumentIx instrument = btc) const {
        return venue.position(instrument).value();
    }

    Timestamp now;
    Venue venue;
    std::vector<Heard> heard;
    std::uint64_t requests = 0;
    std::uint32_t orders = 0;
    std::uint32_t amends = 0;
};

// What a read of positions shows now.
inline std::vector<PositionReport> positions_read(Desk& desk) {
    desk.heard.clear();
    desk.venue.send(desk.read_of(RequestKind::ReadPositions), desk.now);
    desk.run(milliseconds(60));
    std::vector<PositionReport> out;
    for (const auto& row : desk.all<PositionReport>()) {
        if (row.source == ReportSource::Read) out.push_back(row);
    }
    return out;
}

} // namespace keel::sim

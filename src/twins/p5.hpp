#pragma once

#include <string>
#include <variant>

#include "twins/twin.hpp"

// What the twins of P5 have in common, the market maker on one book: at every quote tick it says
// which orders should rest, and acts on the difference to its cache. The review that they are made
// from names no times: those below are chosen. docs/incidents/p5.md.

namespace keel::twins::p5 {

constexpr InstrumentIx token{0};
constexpr Lots one_lot{1};                   // of each order
constexpr Duration quote_every = seconds(1); // a quote tick at the latest; each new book is one
constexpr Duration answer_within = seconds(5);

struct Loop {                 // part of each twin's state
    bool is_stopping = false; // wound down, or killed
    Sender::Numbers numbers;
    Ticks bid; // of the market
    Ticks ask;
    Timestamp look_at = never;

    void add_to(Digest& digest) const {
        digest.add(is_stopping, numbers.orders, numbers.epoch, bid, ask, look_at);
    }
};

// How the order stream calls an end of an order.
[[nodiscard]] inline bool is_cancellation(ExecType type) {
    return type == ExecType::Canceled || type == ExecType::Expired;
}

// --- what is true ---

[[nodiscard]] inline const sim::Venue& venue_of(const explore::World& world) {
    return world.venue(0);
}
[[nodiscard]] bool is_open(const explore::World& world, ClOrdID id);
[[nodiscard]] bool was_rejected(const explore::World& world, ClOrdID id);
[[nodiscard]] std::uint32_t open_orders(const explore::World& world, Side side);
// Everything that was sent has been heard.
[[nodiscard]] bool is_quiet(const explore::World& world);
// And everything has happened, and no stream is down that may still repeat something.
[[nodiscard]] bool is_at_the_end(const explore::World& world);

// `State` has a `Loop loop` besides what Twin asks of it.
template <class State> class Quoter : public Twin<State> {
public:
    using Twin<State>::Twin;

protected:
    // A quote tick: the market is known, or the bot is stopping.
    virtual void look(Sender& send) = 0;
    virtual void on_answer(const RequestAnswer& answer, Sender& send) = 0;
    virtual void on_report(const ExecutionReport& report, Sender& send) = 0;
    virtual void on_connected(Sender& /*send*/) {}
    virtual void on_position(const PositionReport& /*report*/) {}
    virtual void on_read(const ReadDone& /*done*/, Sender& /*send*/) {}

    // A bid or an offer of one lot that does not take.
    ClOrdID post(Sender& send, Side side, Ticks px, std::uint32_t batch = 0) {
        return send.place(this->state_.loop.numbers, {.instrument = token,
                                                      .side = side,
                                                      .px = px,
                                                      .qty = one_lot,
                                                      .post_only = true,
                                                      .batch = batch});
    }
    void cancel(Sender& send, ClOrdID id) {
        send.cancel(this->state_.loop.numbers, token, id, Transport::Rest);
    }

private:
    void hear(const EventBody& body, Sender& send) final {
        Loop& loop = this->state_.loop;
        if (std::holds_alternative<Boot>(body)) {
            loop.look_at = this->now_ + quote_every;
        } else if (const auto* link = std::get_if<LinkReport>(&body)) {
            if (link->kind == LinkKind::Requests) on_connected(send);
        } else if (std::holds_alternative<WakeUp>(body)) {
            tick(send);
        } else if (const auto* top = std::get_if<BookTop>(&body)) {
            loop.bid = top->bid_px;
            loop.ask = top->ask_px;
            tick(send);
        } else if (const auto* act = std::get_if<OperatorAct>(&body)) {
            if (act->act != Act::WindDown && act->act != Act::Kill) return;
            loop.is_stopping = true;
            tick(send);
        } else if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
            on_answer(*answer, send);
        } else if (const auto* report = std::get_if<ExecutionReport>(&body)) {
            on_report(*report, send);
        } else if (const auto* position = std::get_if<PositionReport>(&body)) {
            on_position(*position);
        } else if (const auto* done = std::get_if<ReadDone>(&body)) {
            on_read(*done, send);
        }
    }
    void tick(Sender& send) {
        Loop& loop = this->state_.loop;
        loop.look_at = this->now_ + quote_every;
        if (loop.is_stopping || loop.bid > Ticks{0}) look(send);
    }
};

} // namespace keel::twins::p5

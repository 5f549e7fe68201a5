#include <array>
#include <string>
#include <vector>

#include "twins/makers.hpp"
#include "twins/p5.hpp"

// P5, when an order is off its price: by a tick, and the tick is read off the ladder. Two bids of
// one lot are quoted, at the best price and a tick below, as long as it holds nothing; with one lot
// held, one; with two, none.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;
using namespace p5;

constexpr std::size_t levels = 2;
constexpr Duration off_price_max = quote_every + quote_every; // before its cancel is sent

struct Bid {
    ClOrdID id;
    Ticks px;
    bool is_asked = false; // posted, and not answered
    Timestamp answer_by = never;
    Timestamp off_since = never; // the market has left it, and it was not asked to go
};

struct State {
    Loop loop;
    std::array<Bid, levels> bids; // best first
    Lots held;

    [[nodiscard]] bool is_settled() const {
        return loop.is_stopping && bids[0].id.is_none() && bids[1].id.is_none();
    }
    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop.look_at; }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        Digest digest{now};
        loop.add_to(digest);
        for (const Bid& bid : bids) {
            digest.add(bid.id, bid.px, bid.is_asked, bid.answer_by, bid.off_since);
        }
        digest.add(held);
        return digest.value();
    }
};

class P5Ticks final : public Quoter<State> {
public:
    P5Ticks(const explore::Scenario& scenario, bool infers_tick)
        : Quoter(scenario), infers_tick_(infers_tick) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        for (const Bid& bid : state_.bids) {
            const bool is_late = bid.off_since < never && now_ > bid.off_since + off_price_max;
            if (is_late && is_open(world, bid.id)) return Rule::ReducesInTime;
        }
        const bool is_forgotten = world.is_terminal() && venue_of(world).open_order_count() != 0;
        return is_forgotten ? Rule::NoForgottenOrder : Rule::None;
    }
    [[nodiscard]] Situation situation() const override {
        if (state_.is_settled()) return Situation::Idle;
        return state_.loop.is_stopping ? Situation::CancelPending : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        std::vector<std::string> out{"holds " + std::to_string(state_.held.value())};
        for (const Bid& bid : state_.bids) {
            if (!bid.id.is_none()) out.push_back("bid at " + std::to_string(bid.px.value()));
        }
        return out;
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.loop.numbers.epoch = state_.loop.numbers.epoch + 1;
        return state;
    }

    [[nodiscard]] std::size_t wanted() const {
        if (state_.loop.is_stopping) return 0;
        const std::int64_t free = static_cast<std::int64_t>(levels) - state_.held.value();
        return free > 0 ? static_cast<std::size_t>(free) : 0;
    }
    [[nodiscard]] Ticks desired(std::size_t level) const {
        return state_.loop.bid - Ticks{static_cast<std::int64_t>(level)};
    }
    // The smallest step between what it wants to quote; 0: it cannot tell.
    [[nodiscard]] Ticks tick_size() const {
        if (!infers_tick_) return Ticks{1};
        return wanted() < 2 ? Ticks{0} : desired(0) - desired(1);
    }

    void look(Sender& send) override {
        const Ticks tick = tick_size();
        const std::uint32_t batch = state_.loop.numbers.orders + 1;
        for (std::size_t n = 0; n < levels; ++n) {
            Bid& bid = state_.bids[n];
            if (bid.is_asked && now_ >= bid.answer_by) note_answer(bid); // it may be there
            if (bid.id.is_none()) {
                if (n < wanted()) place(n, batch, send);
                continue;
            }
            const bool is_off = n < wanted() && bid.px != desired(n);
            if (is_off && bid.off_since == never) bid.off_since = now_;
            if (!is_off) bid.off_since = never;
            if (bid.is_asked) continue;
            const Ticks off = abs(bid.px - desired(n));
            const bool moves = tick > Ticks{0} && off >= tick;
            if (n >= wanted() || moves) {
                cancel(send, bid.id);
                bid.off_since = never;
            }
        }
    }

    void place(std::size_t level, std::uint32_t batch, Sender& send) {
        const Ticks px = desired(level);
        state_.bids[level] = {.id = post(send, Side::Buy, px, batch),
                              .px = px,
                              .is_asked = true,
                              .answer_by = now_ + answer_within};
    }

    static void note_answer(Bid& bid) {
        bid.is_asked = false;
        bid.answer_by = never;
    }

    void on_answer(const RequestAnswer& answer, Sender& /*send*/) override {
        const bool is_refused = answer.outcome == Outcome::Refused;
        if (answer.kind == RequestKind::New) {
            for (Bid& bid : state_.bids) {
                if (bid.id == answer.cl_ord_id) note_answer(bid);
            }
            if (is_refused) note_end(answer.cl_ord_id);
        } else if (answer.kind == RequestKind::Cancel) {
            const bool is_gone =
                answer.outcome == Outcome::Accepted || answer.reason == Reason::UnknownOrder;
            if (is_gone) note_end(answer.cl_ord_id);
        }
    }

    void on_report(const ExecutionReport& report, Sender& /*send*/) override {
        if (report.exec_type == ExecType::Trade) state_.held += report.last_qty;
        if (report.exec_type != ExecType::New && report.exec_type != ExecType::Status) {
            note_end(report.cl_ord_id);
        }
    }

    void note_end(ClOrdID id) {
        for (Bid& bid : state_.bids) {
            if (bid.id == id) bid = {};
        }
    }

    bool infers_tick_;
};

} // namespace

Made make_p5_tick_inferred(const explore::Scenario& scenario) {
    return std::make_unique<P5Ticks>(scenario, true);
}
Made make_p5_tick_explicit(const explore::Scenario& scenario) {
    return std::make_unique<P5Ticks>(scenario, false);
}

} // namespace keel::twins

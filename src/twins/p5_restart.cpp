#include <string>
#include <vector>

#include "twins/makers.hpp"
#include "twins/p5.hpp"

// P5, how the bot starts again. It holds at most one lot: while it has none, a bid of one lot rests
// at the best price.

namespace keel::twins {
namespace {

using explore::Rule;
using explore::Situation;
using namespace p5;

constexpr Lots held_max = one_lot;

enum class Start : std::uint8_t {
    Blind,   // cancel-all, whatever comes of it; nothing is read
    Fetches, // cancel-all must succeed, or it halts; then open orders and positions are read
    Keyed,   // and what was being posted is first posted again under its old id, which it kept
};

enum class Stage : std::uint8_t { Connects, CancelsAll, PostsAgain, Reads, Quotes, Halted };

// Wait, in Reads, for these.
constexpr std::uint8_t orders_bit = 1;
constexpr std::uint8_t positions_bit = 2;

struct State {
    Loop loop;
    Stage stage = Stage::Connects;
    std::uint8_t unread = 0;
    ClOrdID order; // in the cache
    ClOrdID asked; // the post under way
    ClOrdID kept;  // written down before it is sent: what is posted, until it is known to be over
    Ticks kept_px;
    Lots held; // by its own account
    Timestamp answer_by = never;

    [[nodiscard]] bool is_settled() const {
        if (stage == Stage::Halted) return true; // until somebody comes
        return stage == Stage::Quotes && loop.is_stopping && order.is_none() && asked.is_none();
    }
    [[nodiscard]] Timestamp wake_at() const { return is_settled() ? never : loop.look_at; }
    [[nodiscard]] std::uint64_t digest(Timestamp now) const {
        Digest digest{now};
        loop.add_to(digest);
        digest.add(stage, unread, order, asked, kept, kept_px, held, answer_by);
        return digest.value();
    }
};

class P5Restart final : public Quoter<State> {
public:
    P5Restart(const explore::Scenario& scenario, Start start) : Quoter(scenario), start_(start) {}

    [[nodiscard]] Rule broken_rule(const explore::World& world) const override {
        if (world.held(token) > held_max) return Rule::ExposureWithinLimit;
        if (open_orders(world, Side::Buy) > 1) return Rule::OneOrderForIntent;
        if (!is_at_the_end(world) || state_.stage == Stage::Halted) return Rule::None;
        if (venue_of(world).open_order_count() != 0) return Rule::NoForgottenOrder;
        return state_.held == world.held(token) ? Rule::None : Rule::EndsFlat;
    }
    [[nodiscard]] Situation situation() const override {
        if (state_.stage != Stage::Quotes) return Situation::Restarting;
        if (!state_.asked.is_none()) return Situation::Unknown;
        if (state_.order.is_none()) return Situation::Idle;
        return state_.loop.is_stopping ? Situation::CancelPending : Situation::Resting;
    }
    [[nodiscard]] std::vector<std::string> belief_words() const override {
        std::vector<std::string> out{"holds " + std::to_string(state_.held.value())};
        if (!state_.order.is_none()) out.emplace_back("bid rests");
        if (state_.stage == Stage::Halted) out.emplace_back("halted");
        return out;
    }

private:
    [[nodiscard]] State begun_again() const override {
        State state;
        state.loop.numbers.epoch = state_.loop.numbers.epoch + 1;
        if (start_ == Start::Keyed) {
            state.kept = state_.kept;
            state.kept_px = state_.kept_px;
        }
        return state;
    }

    void on_connected(Sender& send) override {
        send.cancel_all(state_.loop.numbers, token);
        state_.stage = start_ == Start::Blind ? Stage::Quotes : Stage::CancelsAll;
        if (start_ != Start::Blind) state_.answer_by = now_ + answer_within;
    }

    void look(Sender& send) override {
        if (state_.stage == Stage::Halted) return;
        if (state_.stage != Stage::Quotes) {
            if (now_ >= state_.answer_by) state_.stage = Stage::Halted;
            return;
        }
        if (!state_.asked.is_none() && now_ >= state_.answer_by) take_for_resting();
        if (!state_.order.is_none()) {
            if (state_.loop.is_stopping) cancel(send, state_.order);
        } else if (state_.asked.is_none() && !state_.loop.is_stopping && state_.held < held_max) {
            state_.kept_px = state_.loop.bid;
            state_.asked = state_.kept = post(send, Side::Buy, state_.kept_px);
            state_.answer_by = now_ + answer_within;
        }
    }

    void take_for_resting() {
        state_.order = state_.asked;
        state_.asked = {};
        state_.answer_by = never;
    }

    void on_answer(const RequestAnswer& answer, Sender& send) override {
        switch (answer.kind) {
        case RequestKind::MassCancel:
            if (state_.stage == Stage::CancelsAll) on_canceled_all(answer.outcome, send);
            return;
        case RequestKind::New:
            if (state_.stage == Stage::PostsAgain) {
                on_posted_again(answer, send);
            } else if (answer.cl_ord_id == state_.asked) {
                if (answer.outcome == Outcome::Refused) note_end(answer.cl_ord_id);
                if (answer.outcome != Outcome::Refused) take_for_resting();
            }
            return;
        case RequestKind::Cancel: {
            const bool is_gone =
                answer.outcome == Outcome::Accepted || answer.reason == Reason::UnknownOrder;
            if (is_gone) note_end(answer.cl_ord_id);
            return;
        }
        case RequestKind::Amend:
        case RequestKind::OrderStatus:
        case RequestKind::ReadOpenOrders:
        case RequestKind::ReadFills:
        case RequestKind::ReadPositions:
        case RequestKind::ReadBalances:
        case RequestKind::Heartbeat: return;
        }
    }

    void on_canceled_all(Outcome outcome, Sender& send) {
        if (outcome != Outcome::Accepted) {
            state_.stage = Stage::Halted;
        } else if (state_.kept.is_none()) {
            read(send);
        } else {
            state_.stage = Stage::PostsAgain;
            state_.answer_by = now_ + answer_within;
            send.place_again(state_.loop.numbers, state_.kept,
                             {.instrument = token,
                              .side = Side::Buy,
                              .px = state_.kept_px,
                              .qty = one_lot,
                              .post_only = true});
        }
    }

    // Taken now or refused, as a duplicate or for what it is: it will not be taken once more. Of a
    // duplicate the reads say whether it rests.
    void on_posted_again(const RequestAnswer& answer, Sender& send) {
        const bool is_over = answer.cl_ord_id != state_.kept; // its end was heard first
        if (answer.outcome == Outcome::Accepted && !is_over) state_.order = state_.kept;
        const bool is_known =
            answer.outcome != Outcome::Unknown && answer.reason != Reason::RateLimited;
        if (is_known) {
            read(send);
        } else {
            state_.stage = Stage::Halted;
        }
    }

    void read(Sender& send) {
        state_.stage = Stage::Reads;
        state_.unread = orders_bit | positions_bit;
        state_.answer_by = now_ + answer_within;
        state_.held = {};
        send.read(state_.loop.numbers, RequestKind::ReadOpenOrders, token);
        send.read(state_.loop.numbers, RequestKind::ReadPositions, token);
    }

    void on_position(const PositionReport& report) override {
        if (state_.stage == Stage::Reads) state_.held = report.qty;
    }

    void on_read(const ReadDone& done, Sender& /*send*/) override {
        if (state_.stage != Stage::Reads) return;
        if (done.outcome != Outcome::Accepted) {
            state_.stage = Stage::Halted;
            return;
        }
        const bool is_orders = done.kind == RequestKind::ReadOpenOrders;
        state_.unread &= static_cast<std::uint8_t>(is_orders ? ~orders_bit : ~positions_bit);
        if (state_.unread != 0) return;
        state_.stage = Stage::Quotes;
        state_.answer_by = never;
    }

    void on_report(const ExecutionReport& report, Sender& /*send*/) override {
        if (report.source == ReportSource::Read) {
            if (state_.stage == Stage::Reads) state_.order = report.cl_ord_id; // it rests
            return;
        }
        if (report.exec_type == ExecType::Trade) state_.held += report.last_qty;
        if (report.exec_type != ExecType::New && report.exec_type != ExecType::Status) {
            note_end(report.cl_ord_id);
        }
    }

    void note_end(ClOrdID id) {
        if (state_.asked == id) {
            state_.asked = {};
            state_.answer_by = never;
        }
        if (state_.order == id) state_.order = {};
        if (state_.kept == id) state_.kept = {};
    }

    Start start_;
};

} // namespace

Made make_p5_restart_blind(const explore::Scenario& scenario) {
    return std::make_unique<P5Restart>(scenario, Start::Blind);
}
Made make_p5_restart_fetches(const explore::Scenario& scenario) {
    return std::make_unique<P5Restart>(scenario, Start::Fetches);
}
Made make_p5_restart_keyed(const explore::Scenario& scenario) {
    return std::make_unique<P5Restart>(scenario, Start::Keyed);
}

} // namespace keel::twins

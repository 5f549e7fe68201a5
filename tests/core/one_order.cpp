#include "tests/core/one_order.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace keel::core::facts {
namespace {

EngineConfig config_of(const Dialect& dialect) {
    EngineConfig config;
    VenueTraits venue;
    venue.name = "venue";
    venue.amend_qty = dialect.amend_qty;
    venue.amend_keeps_order_id = dialect.keeps_id;
    venue.end_vouches_qty = dialect.vouches;
    config.venues.push_back(venue);
    config.accounts.push_back({"account", VenueIx{0}, {}});
    Instrument draft;
    draft.symbol = "X";
    draft.tick_size = Decimal{1, 0};
    draft.lot_size = Decimal{1, 0};
    draft.venue = VenueIx{0};
    config.instruments.push_back({*make_instrument(draft), account, {}});
    config.capacities = {.orders = 32, .legs = 16, .fills = 1'024};
    config.sabotage.guards_off = ~0ULL;
    auto made = make_engine_config(config);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().text());
    return *made;
}

} // namespace

OneOrder::OneOrder(const Dialect& dialect) : OneOrder(dialect, StoreLayout{}) {}

OneOrder::OneOrder(const Dialect& dialect, StoreLayout layout)
    : engine_(config_of(dialect), layout) {
    engine_.open(layout);
    tell(Boot{.epoch = 1, .restart = 0});
    tell(LeaseGrant{.account = account, .epoch = 1, .until = now_ + seconds(1'000'000)});
    BookTop book;
    book.instrument = instrument;
    book.bid_px = px - Ticks{1};
    book.ask_px = px + Ticks{1};
    book.bid_qty = book.ask_qty = Lots{1'000};
    tell(book);
    sent_.clear();
}

ClOrdID OneOrder::submit(Lots qty, Side side) {
    Draft draft;
    draft.instrument = instrument;
    draft.side = side;
    draft.px = px;
    draft.qty = qty;
    side_ = side;
    out_.clear();
    const Guard guard = engine_.submit(draft, out_, &id_);
    EXPECT_EQ(guard, Guard::None) << info(guard).name;
    take();
    return id_;
}

bool OneOrder::amend(Ticks to, Lots total) {
    out_.clear();
    const bool left = engine_.amend(id_, to, total, out_);
    take();
    return left;
}

void OneOrder::cancel() {
    out_.clear();
    engine_.cancel(id_, out_);
    take();
}

void OneOrder::tell(const EventBody& body) {
    out_.clear();
    engine_.absorb(Event{++seq_, now_, body}, out_);
    engine_.pursue(out_);
    take();
}

void OneOrder::take() {
    for (const CommandBody& body : out_) {
        sent_.push_back(body);
        if (const auto* alarm = std::get_if<Alarm>(&body)) {
            const bool contradicts = alarm->kind == AlarmKind::Contradiction ||
                                     alarm->kind == AlarmKind::Overfill ||
                                     alarm->kind == AlarmKind::FillAfterReject;
            alarmed_ = alarmed_ || contradicts;
        }
    }
}

OneOrder::Mark OneOrder::mark() {
    engine_.store().set_undo(true, 4'096);
    return {engine_.store().undo_mark(), seq_, now_};
}

void OneOrder::back_to(const Mark& mark) {
    engine_.store().undo_to(mark.undo);
    seq_ = mark.seq;
    now_ = mark.now;
    alarmed_ = false;
    sent_.clear();
}

Belief OneOrder::belief() const {
    Belief b;
    const Position& p = engine_.position(instrument);
    b.filled = p.filled;
    b.certain = p.claim_buy + p.claim_sell;
    b.open = p.open_buy + p.open_sell;
    b.alarmed = alarmed_;
    const Order* o = engine_.recall_order(id_);
    EXPECT_NE(o, nullptr) << "an order is remembered for a while after it settled";
    if (o != nullptr) {
        EXPECT_EQ(engine_.derived(*o), engine_.derived_in_full(*o)) << "the short cut is one";
        b.status = o->status;
        b.asked = o->asked;
        b.over = o->was_over != 0;
        b.contradictions = engine_.derived(*o).contradictions;
        b.cum = engine_.cum_qty(*o);
        b.settled = o->list == OrderList::Settled;
        b.qty = o->qty;
        b.px = o->px;
    }
    return b;
}

ExecutionReport OneOrder::report(ExecType type, std::uint64_t leg) const {
    ExecutionReport r;
    r.account = account;
    r.instrument = instrument;
    r.cl_ord_id = id_;
    r.order_id = OrderID{0, leg};
    r.exec_type = type;
    r.side = side_;
    r.transact_time = now_;
    return r;
}

std::string to_string(const Belief& b) {
    std::string out = fmt::format(
        "{} asked={} {}{}{} cum={} qty={} px={} position={} told={} open={}", to_string(b.status),
        b.asked, b.over ? "over " : "", b.settled ? "settled " : "", b.alarmed ? "ALARM" : "",
        b.cum.value(), b.qty.value(), b.px.value(), b.filled.value(), b.certain.value(),
        b.open.value());
    if (b.contradictions != 0) out += fmt::format(" contradictions={}", b.contradictions);
    return out;
}

} // namespace keel::core::facts

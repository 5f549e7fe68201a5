#include "tests/audit/scene.hpp"

#include <algorithm>

namespace keel::audit::test {

// Ticks of 0.1, lots of 0.001: one tick times one lot is 10'000 (1e-8 of the quote currency). Ten
// lots at 1'000 ticks are worth one quote unit, 100'000'000.
AuditorConfig usual_config() {
    AuditorConfig config;
    config.venues = {{.name = "maker venue", .clock_error = milliseconds(100)},
                     {.name = "hedge venue", .clock_error = milliseconds(100)}};
    config.accounts = {{.name = "maker account",
                        .venue = VenueIx{0},
                        .max_open_orders = 3,
                        .max_orders_per_second = 4,
                        .max_notional_per_minute = Money{20 * money_one}},
                       {.name = "hedge account", .venue = VenueIx{1}}};
    InstrumentFacts instrument{.name = "BTC at maker",
                               .venue = VenueIx{0},
                               .account = AccountIx{0},
                               .tick_size = {.mantissa = 1, .scale = 1},
                               .lot_size = {.mantissa = 1, .scale = 3},
                               .maker_fee_ppm = 150,
                               .taker_fee_ppm = 400,
                               .max_order_qty = Lots{50},
                               .max_order_notional = Money{6 * money_one},
                               .max_position_notional = Money{8 * money_one},
                               .price_collar = Bps{200 * bps_one}};
    config.instruments.push_back(instrument);
    instrument.name = "BTC at hedge";
    instrument.venue = VenueIx{1};
    instrument.account = AccountIx{1};
    instrument.min_qty = Lots{2};
    config.instruments.push_back(instrument);
    config.groups = {{.name = "BTC",
                      .unit_scale = 3,
                      .members = {maker, hedge},
                      .hedge_via = hedge,
                      .exposure_limit = Units{40},
                      .hedged_within = seconds(5)}};
    return config;
}

Scene::Scene(const AuditorConfig& config) : auditor(config, books) {
    lease(seconds(3'600));
    quote(maker, 999, 1'001);
    quote(hedge, 999, 1'001);
}

ClOrdID Scene::id(std::uint32_t number) const { return sent_[number].cl_ord_id; }

std::uint32_t Scene::send(InstrumentIx instrument, const Sent& sent, bool arrives) {
    const auto number = static_cast<std::uint32_t>(sent_.size());
    NewOrderSingle order;
    order.cl_ord_id = ClOrdID::make(1, sent.epoch, number + 1);
    order.account = AccountIx{instrument.value()};
    order.instrument = instrument;
    order.side = sent.side;
    order.post_only = sent.post_only ? 1 : 0;
    order.reduce_only = sent.reduce_only ? 1 : 0;
    order.px = Ticks{sent.px};
    order.trigger_px = Ticks{sent.trigger};
    order.tif = sent.tif;
    order.position_side = sent.position_side;
    order.qty = Lots{sent.qty};
    order.valid_until = now_ + sent.validity;
    sent_.push_back(order);
    executions_.push_back(0);
    auditor.on_command(order, now_);
    if (arrives) arrive(number);
    return number;
}

void Scene::send_again(std::uint32_t number) { auditor.on_command(sent_[number], now_); }

void Scene::cancel(std::uint32_t number) {
    OrderCancelRequest request;
    request.cl_ord_id = id(number);
    request.account = sent_[number].account;
    request.instrument = sent_[number].instrument;
    request.valid_until = now_ + seconds(2);
    auditor.on_command(request, now_);
}

void Scene::amend(std::uint32_t number, std::int64_t qty, std::int64_t px, bool arrives) {
    OrderCancelReplaceRequest request;
    request.cl_ord_id = id(number);
    request.account = sent_[number].account;
    request.instrument = sent_[number].instrument;
    if (px != 0) sent_[number].px = Ticks{px};
    request.px = sent_[number].px;
    request.qty = Lots{qty};
    request.valid_until = now_ + seconds(2);
    auditor.on_command(request, now_);
    if (!arrives) return;
    book_of(number).qty = Lots{qty};
    book_of(number).px = request.px;
}

void Scene::arrive(std::uint32_t number) {
    const NewOrderSingle& order = sent_[number];
    books.orders[order.instrument.value()].push_back({.cl_ord_id = order.cl_ord_id,
                                                      .instrument = order.instrument,
                                                      .side = order.side,
                                                      .position_side = order.position_side,
                                                      .px = order.px,
                                                      .qty = order.qty,
                                                      .cum_qty = Lots{0},
                                                      .is_open = true,
                                                      .reduce_only = order.reduce_only != 0,
                                                      .trigger_px = order.trigger_px});
}

sim::TrueOrder& Scene::book_of(std::uint32_t number) {
    auto& orders = books.orders[sent_[number].instrument.value()];
    const auto found = std::ranges::find(orders, id(number), &sim::TrueOrder::cl_ord_id);
    KEEL_ASSERT(found != orders.end(), "a story ends only what has arrived");
    return *found;
}

void Scene::end(std::uint32_t number) { book_of(number).is_open = false; }

void Scene::forget(std::uint32_t number) {
    auto& orders = books.orders[sent_[number].instrument.value()];
    std::erase_if(orders, [&](const auto& order) { return order.cl_ord_id == id(number); });
}

void Scene::fill(std::uint32_t number, std::int64_t qty, bool is_maker) {
    const NewOrderSingle& order = sent_[number];
    const Ticks px = order.px + (order.side == Side::Buy ? slip : -slip);
    const std::int64_t amount = px.value() * qty * 10'000;
    const std::int64_t fee = (amount * (is_maker ? 150 : 400) + 999'999) / 1'000'000;
    const bool is_buy = order.side == Side::Buy;
    const std::size_t ix = order.instrument.value();
    books.move(order.instrument, order.position_side, is_buy ? qty : -qty);
    books.equities[ix] += Money{(is_buy ? -amount : amount) - fee} - extra_fee;
    // The open position is worth its mid, 1'000 ticks, in every story.
    books.equities[ix] += Money{(is_buy ? qty : -qty) * 1'000 * 10'000};
    sim::TrueOrder& book = book_of(number);
    book.cum_qty += Lots{qty};
    if (book.cum_qty >= book.qty) book.is_open = false;
    auditor.on_fill({.at = now_,
                     .cl_ord_id = order.cl_ord_id,
                     .order_id = OrderID{0, number + 1},
                     .exec_id = ExecID{0, ++executions_[number]},
                     .instrument = order.instrument,
                     .account = order.account,
                     .side = order.side,
                     .position_side = order.position_side,
                     .is_maker = is_maker,
                     .px = px,
                     .qty = Lots{qty},
                     .fee = Money{fee}});
}

void Scene::outside(InstrumentIx instrument, Side side, std::int64_t qty, bool is_told,
                    PositionSide position_side, sim::OutsideAct::Kind kind) {
    const std::size_t ix = instrument.value();
    const std::int64_t amount = 1'000 * qty * 10'000; // what it is worth, too
    const Money fee{(amount * 400 + 999'999) / 1'000'000};
    books.move(instrument, position_side, sign(side) * qty);
    books.equities[ix] -= fee;
    auditor.on_fill({.at = now_,
                     .cl_ord_id = {},
                     .instrument = instrument,
                     .account = AccountIx{instrument.value()},
                     .side = side,
                     .position_side = position_side,
                     .px = Ticks{1'000},
                     .qty = Lots{qty},
                     .fee = fee,
                     .is_ours = false,
                     .is_told = is_told,
                     .outside = kind});
}

void Scene::hears_refusal(std::uint32_t number) {
    RequestAnswer answer;
    answer.cl_ord_id = id(number);
    answer.account = sent_[number].account;
    answer.outcome = Outcome::Refused;
    answer.reason = Reason::RateLimited;
    auditor.on_heard(answer);
}

void Scene::hears_amend(std::uint32_t number, Outcome outcome) {
    RequestAnswer answer;
    answer.cl_ord_id = id(number);
    answer.account = sent_[number].account;
    answer.kind = RequestKind::Amend;
    answer.outcome = outcome;
    auditor.on_heard(answer);
}

void Scene::hears_cancel(std::uint32_t number) {
    ExecutionReport report;
    report.account = sent_[number].account;
    report.instrument = sent_[number].instrument;
    report.cl_ord_id = id(number);
    report.exec_type = ExecType::Canceled;
    auditor.on_heard(report);
}

void Scene::hears_fill(std::uint32_t number, std::int64_t qty, std::uint64_t execution) {
    ExecutionReport report;
    report.account = sent_[number].account;
    report.instrument = sent_[number].instrument;
    report.cl_ord_id = id(number);
    report.order_id = OrderID{0, number + 1};
    report.exec_id = ExecID{0, execution};
    report.exec_type = ExecType::Trade;
    report.side = sent_[number].side;
    report.position_side = sent_[number].position_side;
    report.last_qty = Lots{qty};
    auditor.on_heard(report);
}

void Scene::believes(std::int64_t lowest, std::int64_t certain, std::int64_t highest,
                     PositionSide side) {
    auditor.on_belief(maker, side, {Lots{lowest}, Lots{certain}, Lots{highest}}, now_);
}

void Scene::wait(Duration time) {
    const Timestamp end = now_ + time;
    while (now_ < end) {
        now_ = earlier(end, now_ + milliseconds(50));
        auditor.on_time(now_);
    }
}

void Scene::quote(InstrumentIx instrument, std::int64_t bid, std::int64_t ask) {
    auditor.on_quote(instrument, Ticks{bid}, Ticks{ask}, now_);
}

void Scene::lease(Duration length, std::uint32_t epoch) {
    for (std::uint32_t account = 0; account < 2; ++account) {
        auditor.on_lease({AccountIx{account}, epoch, now_ + length});
    }
}

void Scene::settle(std::int64_t wrong_position, std::uint32_t wrong_orders) {
    DeskBelief belief{books.positions,
                      {books.open_orders(AccountIx{0}), books.open_orders(AccountIx{1})}};
    belief.positions[0][0] += Lots{wrong_position};
    belief.open_orders[0] += wrong_orders;
    auditor.at_end(belief, now_);
}

} // namespace keel::audit::test

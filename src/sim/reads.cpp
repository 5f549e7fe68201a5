#include <algorithm>

#include "sim/venue.hpp"

namespace keel::sim {

// What a read shows is the venue's state of one earlier moment, made from its memory: legs by their
// updates, positions and balances by taking back every later fill and funding.

void Venue::hear_read(const Message& message, Timestamp now, std::vector<EventBody>& out) const {
    const ReadView shown = read_view_of(message);
    View view;
    view.read = RequestID{message.body[0]};
    view.account = message.account;
    view.instrument = no_slot;
    view.at = shown.at;
    view.asked_at = message.sent_at;
    view.now = now;
    ReadDone done;
    done.read = view.read;
    done.outcome = shown.outcome;
    done.asked_at = view.asked_at;
    done.answered_at = now;
    bool complete = shown.outcome == Outcome::Accepted;
    if (shown.what == What::OrderStatus) {
        const auto request = body_of<OrderStatusRequest>(message);
        done.kind = RequestKind::OrderStatus;
        done.account = request.account;
        done.instrument = request.instrument;
        done.cl_ord_id = request.cl_ord_id;
        if (request.order_id.is_none() && !config().traits.status_by_cl_ord_id) {
            done.outcome = Outcome::Refused;
            complete = false;
        }
        if (complete) read_order(view, request, done, out);
    } else {
        const auto request = body_of<ReadRequest>(message);
        done.kind = request.kind;
        done.account = request.account;
        done.instrument = request.instrument;
        done.from = request.from;
        view.instrument = request.instrument.is_none() ? no_slot : place_of(request.instrument);
        if (!request.instrument.is_none() && view.instrument == no_slot) complete = false;
        if (complete) {
            switch (request.kind) {
            case RequestKind::ReadOpenOrders: done.rows = read_open_orders(view, out); break;
            case RequestKind::ReadFills:
                done.rows = read_fills(view, request.from, complete, out);
                break;
            case RequestKind::ReadPositions: done.rows = read_positions(view, out); break;
            case RequestKind::ReadBalances: done.rows = read_balances(view, out); break;
            case RequestKind::New:
            case RequestKind::Cancel:
            case RequestKind::Amend:
            case RequestKind::MassCancel:
            case RequestKind::OrderStatus:
            case RequestKind::Heartbeat:
                done.outcome = Outcome::Refused;
                complete = false;
                break;
            }
        }
    }
    done.complete = complete ? 1 : 0;
    out.emplace_back(done);
}

bool Venue::covers(const View& view, std::uint32_t place) const {
    return setup_->account_of[place] == view.account &&
           (view.instrument == no_slot || view.instrument == place);
}

// A leg whose updates are forgotten is shown as it is.
Update Venue::as_it_stands(std::uint32_t slot) const {
    const Leg& order = leg(slot);
    Update out;
    out.at = order.created_at;
    out.cl_ord_id = order.cl_ord_id;
    out.order_id = order.order_id;
    out.px = order.px;
    out.order_qty = order.qty;
    out.cum_qty = order.cum_qty;
    out.reduced = order.reduced;
    out.version = order.version;
    out.instrument = order.instrument;
    out.type = order.last_type;
    out.side = order.side;
    out.position_side = order.position_side;
    return out;
}

Found Venue::read_leg(const View& view, std::uint32_t slot, Rows rows,
                      std::vector<EventBody>& out) const {
    const Leg& order = leg(slot);
    if (order.created_at > view.at) return Found::No;
    const Update* update = history_.as_of(store_, order.last_update, view.at);
    Update shown = update != nullptr ? *update : as_it_stands(slot);
    const bool has_ended = shown.type == ExecType::Canceled || shown.type == ExecType::Expired ||
                           shown.type == ExecType::Rejected;
    const bool is_over = has_ended || shown.order_qty == shown.cum_qty + shown.reduced;
    if (is_over && rows == Rows::Open) return Found::No;
    ExecutionReport row = report(shown, has_ended ? What::Report : What::Claim);
    row.source = ReportSource::Read;
    row.read = view.read;
    out.emplace_back(row);
    return is_over ? Found::Over : Found::Known;
}

void Venue::read_order(const View& view, const OrderStatusRequest& request, ReadDone& done,
                       std::vector<EventBody>& out) const {
    const auto read = [&](std::uint32_t slot) {
        const Found found = read_leg(view, slot, Rows::All, out);
        if (found == Found::No) return;
        ++done.rows;
        if (done.found != Found::Known) done.found = found; // one that lives is enough
    };
    if (!request.order_id.is_none()) {
        const std::uint32_t slot = legs_.find(store_, request.order_id);
        if (slot != no_slot && covers(view, leg(slot).instrument)) read(slot);
        return;
    }
    for (std::uint32_t slot = legs_.find(store_, request.cl_ord_id); slot != no_slot;
         slot = legs_.older(store_, slot)) {
        if (!covers(view, leg(slot).instrument)) break;
        read(slot);
    }
}

std::uint32_t Venue::read_open_orders(const View& view, std::vector<EventBody>& out) const {
    std::uint32_t rows = 0;
    const auto read = [&](std::uint32_t slot) {
        if (read_leg(view, slot, Rows::Open, out) != Found::No) ++rows;
    };
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (!covers(view, place)) continue;
        for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
            for (std::uint32_t slot = book(place).head[side]; slot != no_slot;
                 slot = leg(slot).next) {
                read(slot);
            }
        }
        for (std::uint32_t slot = book(place).first_stop; slot != no_slot; slot = leg(slot).next) {
            read(slot);
        }
    }
    // What has ended since then was open.
    for (std::uint32_t slot = globals().ended_newest;
         slot != no_slot && leg(slot).ended_at > view.at; slot = leg(slot).previous) {
        if (covers(view, leg(slot).instrument)) read(slot);
    }
    return rows;
}

std::uint32_t Venue::read_fills(const View& view, Timestamp from, bool& complete,
                                std::vector<EventBody>& out) const {
    const auto first = static_cast<std::ptrdiff_t>(out.size());
    for (std::uint32_t number = globals().last_trade; number != 0;) {
        const Update* trade = history_.find(store_, number);
        if (trade == nullptr) { // asked for more than the venue remembers
            complete = false;
            break;
        }
        if (trade->at + config().clock_offset < from) break;
        // (What became of a trade is a row of its own, by when that was: one that was executed
        // before the time asked from, and has failed after it, is not missed.)
        const bool is_shown =
            trade->at <= view.at && trade->is_silent == 0 && covers(view, trade->instrument);
        if (is_shown) {
            ExecutionReport row = report(*trade, What::Report);
            row.source = ReportSource::Read;
            row.read = view.read;
            out.emplace_back(row);
        }
        number = trade->trade_before;
    }
    std::reverse(out.begin() + first, out.end()); // oldest first
    return static_cast<std::uint32_t>(static_cast<std::ptrdiff_t>(out.size()) - first);
}

Venue::Past Venue::past(std::uint32_t place, Timestamp view) const {
    Past out{{}, book(place).cash, book(place).fees, funding_paid(place)};
    for (const PositionSide side : position_sides) {
        out.held[static_cast<std::size_t>(side)] = held(place, side);
    }
    for (const Update* trade = history_.find(store_, globals().last_trade);
         trade != nullptr && trade->at > view; trade = history_.find(store_, trade->trade_before)) {
        if (trade->instrument != place) continue;
        if (trade->is_funding != 0) {
            out.funding -= trade->fee;
            continue;
        }
        const bool is_failure = trade->fill_stage() == FillStage::Failed;
        if (trade->is_stage_change() && !is_failure) continue;
        const bool is_buy = trade->side == Side::Buy;
        const Money amount = notional(trade->last_px, trade->last_qty, terms(place).spec,
                                      is_buy ? Rounding::Up : Rounding::Down);
        const std::int64_t back = is_failure ? -1 : 1;
        out.held[static_cast<std::size_t>(trade->position_side)] -=
            signed_lots(trade->side, trade->last_qty) * back;
        out.cash += (is_buy ? amount : -amount) * back;
        out.fees -= trade->fee * back;
    }
    return out;
}

// Flat instruments have no row.
std::uint32_t Venue::read_positions(const View& view, std::vector<EventBody>& out) const {
    std::uint32_t rows = 0;
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (!covers(view, place)) continue;
        const Past then = past(place, view.at);
        for (const PositionSide side : position_sides) {
            const Lots qty = then.of(side);
            if (qty == Lots{0}) continue;
            PositionReport row;
            row.account = terms(place).account;
            row.instrument = terms(place).instrument;
            row.position_side = side;
            row.qty = qty;
            row.read = view.read;
            row.asked_at = view.asked_at;
            row.answered_at = view.now;
            out.emplace_back(row);
            ++rows;
        }
    }
    return rows;
}

// What the resting orders of one side could still take at a moment. Reduce-only ones need no
// margin.
Lots Venue::open_then(std::uint32_t place, std::size_t side, Timestamp at) const {
    Lots sum;
    const auto add = [&](std::uint32_t slot) {
        const Leg& order = leg(slot);
        if (order.reduce_only != 0 || order.created_at > at) return;
        const Update* update = history_.as_of(store_, order.last_update, at);
        const Update shown = update != nullptr ? *update : as_it_stands(slot);
        sum += shown.order_qty - shown.cum_qty - shown.reduced;
    };
    for (std::uint32_t slot = book(place).head[side]; slot != no_slot; slot = leg(slot).next) {
        add(slot);
    }
    for (std::uint32_t slot = globals().ended_newest; slot != no_slot && leg(slot).ended_at > at;
         slot = leg(slot).previous) {
        if (leg(slot).instrument == place && index_of(leg(slot).side) == side) add(slot);
    }
    return sum;
}

std::uint32_t Venue::read_balances(const View& view, std::vector<EventBody>& out) const {
    const SimAccount& account = config().accounts[view.account];
    Money total = account.collateral;
    Money used;
    for (std::uint32_t place = 0; place < config().instruments.size(); ++place) {
        if (setup_->account_of[place] != view.account) continue;
        const Past then = past(place, view.at);
        total += value(place, then.position(), then.cash) - then.fees - then.funding;
        const Lots buys = open_then(place, 0, view.at);
        const Lots sells = open_then(place, 1, view.at);
        const Lots worst =
            config().hedge_mode
                ? then.of(PositionSide::Long) - then.of(PositionSide::Short) + buys + sells
                : max(then.position() + buys, sells - then.position());
        if (const auto part = margin(place, worst, no_price)) used += *part;
    }
    BalanceReport row;
    row.account = account.account;
    row.equity = total;
    row.available = max(total - used, Money{0});
    row.read = view.read;
    row.asked_at = view.asked_at;
    row.answered_at = view.now;
    out.emplace_back(row);
    return 1;
}

} // namespace keel::sim

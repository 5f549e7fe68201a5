#include "tests/core/true_story.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace keel::core::facts {

Tongue draw_tongue(Rng& rng) {
    Tongue t;
    const std::uint64_t qty = rng.below(3);
    t.dialect.amend_qty = static_cast<AmendQty>(qty);
    t.dialect.keeps_id = rng.below(2) == 0;
    t.dialect.vouches = rng.below(4) != 0;
    t.versions = rng.below(4) != 0;
    t.net = rng.below(2) == 0;
    t.cum_on_trades = rng.below(2) == 0;
    t.silent_ids = t.dialect.keeps_id && rng.below(3) == 0;
    return t;
}

TrueStory::TrueStory(const Tongue& tongue, const ExecutionReport& named, Lots qty, Rng& rng)
    : tongue_(tongue), named_(named), qty_(qty), rng_(rng) {
    legs_.push_back({.qty = qty, .px = px});
}

ExecutionReport TrueStory::report(ExecType type, std::size_t leg) const {
    ExecutionReport r = named_;
    r.order_id = OrderID{0, named_.order_id.lo + leg};
    r.exec_type = type;
    r.px = legs_[leg].px;
    return r;
}

Lots TrueStory::told_cum(const Leg& leg) const {
    return tongue_.net ? leg.gross - leg.busted : leg.gross;
}

void TrueStory::say(ExecutionReport r) {
    const std::uint64_t silence = rng_.below(3);
    if (tongue_.silent_ids && silence == 0) r.order_id = {};
    said_.emplace_back(r);
}

ExecutionReport TrueStory::acked() {
    ExecutionReport r = report(ExecType::New, 0);
    r.order_qty = qty_;
    said_.emplace_back(r); // and again later
    return r;
}

// The order channel: how the leg stands now.
void TrueStory::claim(std::size_t at) {
    ExecutionReport r = report(ExecType::Status, at);
    r.has_cum_qty = 1;
    r.cum_qty = told_cum(legs_[at]);
    r.version = tongue_.versions ? ++legs_[at].version : 0;
    say(r);
}

void TrueStory::trade() {
    const std::size_t at = legs_.size() - 1;
    Leg& leg = legs_[at];
    const Lots left = leg.qty - leg.gross - leg.reduced;
    Fill fill;
    // Execution numbers are the venue's: another own order may have the same ones.
    fill.exec = fills_.size() + 1;
    fill.leg = at;
    fill.qty = Lots{rng_.between(1, left.value())};
    leg.gross += fill.qty;
    fills_.push_back(fill);
    ExecutionReport r = report(ExecType::Trade, at);
    r.exec_id = ExecID{0, fill.exec};
    r.last_qty = fill.qty;
    r.last_px = leg.px;
    if (tongue_.cum_on_trades) {
        r.has_cum_qty = 1;
        r.cum_qty = told_cum(leg);
        r.version = tongue_.versions ? ++leg.version : 0;
    }
    say(r);
    const std::uint64_t claims = rng_.below(2);
    if (claims == 0) claim(at);
    if (leg.gross + leg.reduced == leg.qty) leg.end = ExecType::Trade;
}

void TrueStory::bust() {
    std::vector<std::size_t> counting;
    for (std::size_t i = 0; i < fills_.size(); ++i) {
        if (!fills_[i].busted) counting.push_back(i);
    }
    if (counting.empty()) return;
    Fill& fill = fills_[counting[rng_.below(counting.size())]];
    fill.busted = true;
    legs_[fill.leg].busted += fill.qty;
    ExecutionReport r = report(ExecType::TradeCancel, fill.leg);
    r.exec_id = ExecID{0, fill.exec};
    const std::uint64_t tells_qty = rng_.below(2);
    if (tells_qty == 0) r.last_qty = fill.qty;
    say(r);
}

void TrueStory::reduce() {
    const std::size_t at = legs_.size() - 1;
    Leg& leg = legs_[at];
    const Lots left = leg.qty - leg.gross - leg.reduced;
    leg.reduced += Lots{rng_.between(1, left.value())};
    ExecutionReport r = report(ExecType::Restated, at);
    r.reduced = leg.reduced;
    say(r);
    if (leg.gross + leg.reduced == leg.qty) end(at, ExecType::Canceled);
}

void TrueStory::end(std::size_t at, ExecType type) {
    Leg& leg = legs_[at];
    leg.end = type;
    ExecutionReport r = report(type, at);
    r.has_cum_qty = tongue_.dialect.vouches ? 1 : 0;
    r.cum_qty = tongue_.dialect.vouches ? told_cum(leg) : Lots{0};
    r.version = tongue_.versions ? ++leg.version : 0;
    say(r);
}

void TrueStory::live() {
    const std::uint64_t steps = rng_.below(6);
    for (std::uint64_t n = 0; n < steps; ++n) {
        const bool rests = legs_.back().end == ExecType::New;
        const std::uint64_t what = rng_.below(20);
        if (what == 0) {
            bust();
        } else if (!rests) {
            continue;
        } else if (what < 12) {
            trade();
        } else if (what < 14) {
            claim(legs_.size() - 1);
        } else if (what == 14 && !is_amended() && legs_.size() == 1) {
            reduce();
        } else if (what < 17) {
            end(legs_.size() - 1, ExecType::Canceled);
        } else if (what == 17) {
            end(legs_.size() - 1, ExecType::Expired);
        }
    }
}

void TrueStory::amend(const OrderCancelReplaceRequest& asked) {
    RequestAnswer answer;
    answer.request = asked.request;
    answer.cl_ord_id = asked.cl_ord_id;
    answer.account = asked.account;
    answer.kind = RequestKind::Amend;
    answer.amend_no = asked.amend_no;
    Leg& old = legs_.back();
    const bool totals = tongue_.dialect.amend_qty == AmendQty::Total;
    const Lots leaves = totals ? asked.qty - old.gross : asked.qty;
    if (old.end != ExecType::New || leaves <= Lots{0}) {
        answer.outcome = Outcome::Refused;
        answer.reason = Reason::TooLate;
        said_.emplace_back(answer);
        return;
    }
    amended_ = true;
    answer.outcome = Outcome::Accepted;
    std::size_t at = legs_.size() - 1;
    if (tongue_.dialect.keeps_id) {
        old.qty = old.gross + old.reduced + leaves;
        old.px = asked.px;
    } else {
        end(at, ExecType::Canceled);
        legs_.push_back({.qty = leaves, .px = asked.px});
        ++at;
    }
    const std::uint64_t names = rng_.below(3);
    if (names != 0) answer.order_id = OrderID{0, named_.order_id.lo + at};
    said_.emplace_back(answer);
    ExecutionReport r = report(ExecType::Replaced, at);
    r.amend_no = asked.amend_no;
    r.order_qty = legs_[at].qty;
    say(r);
    live();
}

std::vector<ExecutionReport> TrueStory::read_fills() const {
    std::vector<ExecutionReport> rows;
    for (const Fill& fill : fills_) {
        ExecutionReport r = report(ExecType::Trade, fill.leg);
        r.exec_id = ExecID{0, fill.exec};
        r.last_qty = fill.qty;
        r.source = ReportSource::Read;
        rows.push_back(r);
        if (!fill.busted) continue;
        r.exec_type = ExecType::TradeCancel;
        rows.push_back(r);
    }
    return rows;
}

std::vector<ExecutionReport> TrueStory::read_order() const {
    std::vector<ExecutionReport> rows;
    for (std::size_t at = 0; at < legs_.size(); ++at) {
        const Leg& leg = legs_[at];
        const bool by_end = leg.end == ExecType::Canceled || leg.end == ExecType::Expired;
        ExecutionReport r = report(by_end ? leg.end : ExecType::Status, at);
        r.source = ReportSource::Read;
        r.order_qty = leg.qty;
        r.has_cum_qty = 1;
        r.cum_qty = told_cum(leg);
        r.version = tongue_.versions ? leg.version + 1 : 0;
        rows.push_back(r);
        if (leg.reduced == Lots{0}) continue;
        r.exec_type = ExecType::Restated;
        r.reduced = leg.reduced;
        rows.push_back(r);
    }
    return rows;
}

bool TrueStory::is_over() const {
    return std::ranges::none_of(legs_, [](const Leg& leg) { return leg.end == ExecType::New; });
}

Lots TrueStory::cum() const {
    Lots sum;
    for (const Leg& leg : legs_) sum += leg.gross - leg.busted;
    return sum;
}

Lots TrueStory::busted() const {
    Lots sum;
    for (const Leg& leg : legs_) sum += leg.busted;
    return sum;
}

Lots TrueStory::leaves() const {
    Lots sum;
    for (const Leg& leg : legs_) {
        if (leg.end == ExecType::New) sum += leg.qty - leg.gross - leg.reduced;
    }
    return sum;
}

Lots TrueStory::trailing() const {
    Lots sum;
    for (const Leg& leg : legs_) {
        const bool known = tongue_.dialect.vouches && leg.busted == Lots{0};
        if (leg.end != ExecType::New && !known) sum += leg.qty - leg.gross - leg.reduced;
    }
    return sum;
}

OrdStatus TrueStory::status() const {
    const Leg& last = legs_.back();
    if (last.end == ExecType::Canceled) return OrdStatus::Canceled;
    if (last.end == ExecType::Expired) return OrdStatus::Expired;
    if (last.end == ExecType::Trade) {
        // Filled, unless the venue had cut it down before.
        return last.reduced == Lots{0} ? OrdStatus::Filled : OrdStatus::Canceled;
    }
    return cum() > Lots{0} ? OrdStatus::PartiallyFilled : OrdStatus::New;
}

std::string TrueStory::text() const {
    std::string out =
        fmt::format("{} {}{}{}{}", static_cast<int>(tongue_.dialect.amend_qty),
                    tongue_.dialect.keeps_id ? "kept" : "replaced",
                    tongue_.dialect.vouches ? "" : ", no final quantities",
                    tongue_.versions ? "" : ", no versions", tongue_.net ? ", net" : ", gross");
    for (const EventBody& body : said_) {
        if (const auto* r = std::get_if<ExecutionReport>(&body)) {
            out += fmt::format("\n  leg {} {} exec {} qty {}", r->order_id.lo,
                               keel::to_string(r->exec_type), r->exec_id.lo, r->last_qty.value());
            if (r->has_cum_qty != 0) out += fmt::format(" cum {}", r->cum_qty.value());
            if (r->version != 0) out += fmt::format(" v{}", r->version);
            if (r->reduced != Lots{0}) out += fmt::format(" reduced {}", r->reduced.value());
            if (r->order_qty != Lots{0}) out += fmt::format(" of {}", r->order_qty.value());
        } else if (const auto* a = std::get_if<RequestAnswer>(&body)) {
            out += fmt::format("\n  answer {} leg {}", keel::to_string(a->outcome), a->order_id.lo);
        }
    }
    return out;
}

} // namespace keel::core::facts

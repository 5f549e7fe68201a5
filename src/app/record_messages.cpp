#include "app/record_messages.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/amounts.hpp"
#include "app/order_ref.hpp"

namespace keel::app {

using timeline::between;
using timeline::exactly;
using timeline::Kind;

namespace {

std::string_view words_of(LinkState state) {
    switch (state) {
    case LinkState::Down: return "down";
    case LinkState::Up: return "up";
    case LinkState::Gap: return "gap: what was sent meanwhile is lost";
    }
    std::unreachable();
}

std::string_view words_of(LinkKind kind) {
    switch (kind) {
    case LinkKind::Orders: return "stream of orders";
    case LinkKind::Fills: return "stream of fills";
    case LinkKind::Positions: return "stream of positions";
    case LinkKind::Market: return "stream of books";
    case LinkKind::Requests: return "path of requests";
    }
    std::unreachable();
}

std::string named(ClOrdID id) { return id.is_none() ? "" : " " + order_text(id); }

} // namespace

// --- What the desk sends ------------------------------------------------------------------------

void RecordMessages::send(const CommandBody& command, Timestamp at, std::uint64_t seq,
                          std::string_view cause, bool is_drawn) {
    Asked asked;
    asked.at = at;
    asked.seq = seq;
    const std::string why = cause.empty() ? "" : fmt::format(" ({})", cause);
    if (const auto* one = std::get_if<NewOrderSingle>(&command)) {
        asked.place = {one->account, Channel::Socket};
        asked.kind = RequestKind::New;
        asked.order = one->cl_ord_id;
        asked.label = fmt::format(
            "new order{}{}: {} {} @ {} on {}{}{}{}", named(one->cl_ord_id), why,
            to_string(one->side), texts_.qty(one->instrument, one->qty),
            texts_.price(one->instrument, one->px), texts_.place(one->instrument),
            one->tif == TimeInForce::Ioc ? ", IOC" : "", one->post_only != 0 ? ", post-only" : "",
            one->reduce_only != 0 ? ", reduce-only" : "");
        facts_[one->cl_ord_id].sent = at;
        ask(one->request, std::move(asked), is_drawn);
    } else if (const auto* cancel = std::get_if<OrderCancelRequest>(&command)) {
        const bool is_socket = cancel->transport == Transport::Socket;
        asked.place = {cancel->account, is_socket ? Channel::Socket : Channel::Rest};
        asked.kind = RequestKind::Cancel;
        asked.order = cancel->cl_ord_id;
        asked.label = fmt::format("cancel{}{}", named(cancel->cl_ord_id), why);
        RequestID& first = facts_[cancel->cl_ord_id].cancel;
        if (first.is_none()) first = cancel->request;
        ask(cancel->request, std::move(asked), is_drawn);
    } else if (const auto* amend = std::get_if<OrderCancelReplaceRequest>(&command)) {
        asked.place = {amend->account, Channel::Socket};
        asked.kind = RequestKind::Amend;
        asked.order = amend->cl_ord_id;
        asked.label = fmt::format("amend{}: {} @ {}", named(amend->cl_ord_id),
                                  texts_.qty(amend->instrument, amend->qty),
                                  texts_.price(amend->instrument, amend->px));
        ask(amend->request, std::move(asked), is_drawn);
    } else if (const auto* all = std::get_if<OrderMassCancelRequest>(&command)) {
        asked.place = {all->account, Channel::Socket};
        asked.kind = RequestKind::MassCancel;
        asked.label = "cancel all";
        ask(all->request, std::move(asked), is_drawn);
    } else if (const auto* question = std::get_if<OrderStatusRequest>(&command)) {
        asked.place = {question->account, Channel::Rest};
        asked.kind = RequestKind::OrderStatus;
        asked.order = question->cl_ord_id;
        asked.label = fmt::format("what became of{}?", named(question->cl_ord_id));
        ask(question->request, std::move(asked), is_drawn);
    } else if (const auto* read = std::get_if<ReadRequest>(&command)) {
        asked.place = {read->account, Channel::Rest};
        asked.kind = read->kind;
        asked.label = app::words_of(read->kind);
        ask(read->request, std::move(asked), is_drawn);
    }
}

void RecordMessages::ask(RequestID id, Asked asked, bool is_drawn) {
    Asked& kept = asked_[id];
    kept = std::move(asked); // an id that a crash freed may come again
    if (is_drawn) draw_request(id, kept);
}

void RecordMessages::draw_request(RequestID id, Asked& asked) {
    asked.is_drawn = true;
    Draft draft{.place = asked.place, .by_bot = true, .request = id, .order = asked.order};
    draft.at = asked.at;
    draft.message.kind = Kind::Request;
    draft.is_of_cancel = asked.kind == RequestKind::Cancel;
    draft.message.sent = exactly(asked.at);
    draft.message.label = asked.label;
    draft.message.step = asked.seq;
    draw(std::move(draft));
}

// --- What the desk hears ------------------------------------------------------------------------

void RecordMessages::hear(const Event& event, bool is_drawn) {
    if (const auto* answer = std::get_if<RequestAnswer>(&event.body)) {
        hear_answer(*answer, event, is_drawn);
    } else if (const auto* report = std::get_if<ExecutionReport>(&event.body)) {
        hear_report(*report, event, is_drawn);
    } else if (const auto* done = std::get_if<ReadDone>(&event.body)) {
        hear_done(*done, event, is_drawn);
    } else if (!is_drawn) {
        return;
    } else if (const auto* position = std::get_if<PositionReport>(&event.body)) {
        hear_position(*position, event);
    } else if (const auto* balance = std::get_if<BalanceReport>(&event.body)) {
        hear_balance(*balance, event);
    } else if (const auto* book = std::get_if<BookTop>(&event.body)) {
        hear_book(*book, event);
    }
}

void RecordMessages::hear_answer(const RequestAnswer& answer, const Event& event, bool is_drawn) {
    if (!answer.cl_ord_id.is_none() && !answer.order_id.is_none()) {
        orders_.try_emplace({answer.account, answer.order_id}, answer.cl_ord_id);
    }
    const bool is_socket = answer.transport == Transport::Socket;
    Draft draft{.place = {answer.account, is_socket ? Channel::Socket : Channel::Rest},
                .request = answer.request,
                .order = answer.cl_ord_id};
    draft.at = event.at;
    timeline::Message& out = draft.message;
    const auto asked = asked_.find(answer.request);
    if (asked != asked_.end()) {
        Asked& request = asked->second;
        request.place = draft.place; // where it travelled is known only now
        out.is_duplicate = request.heard.has_value();
        if (!request.heard) {
            request.heard = event.at;
            request.outcome = answer.outcome;
        }
        if (is_drawn && !request.is_drawn) draw_request(answer.request, request);
    }
    if (!is_drawn) return;
    draft.is_of_cancel = answer.kind == RequestKind::Cancel;
    out.kind = Kind::Answer;
    out.step = event.seq;
    out.is_fault = answer.outcome == Outcome::Unknown;
    const std::string what = fmt::format("{}{}", app::words_of(answer.kind), named(draft.order));
    switch (answer.outcome) {
    case Outcome::Accepted: out.label = what + " accepted"; break;
    case Outcome::Refused:
        out.label = fmt::format("{} refused: {}", what, app::words_of(answer.reason));
        break;
    case Outcome::Unknown:
        out.label = fmt::format("{}: outcome unknown, {}", what, app::words_of(answer.reason));
        break;
    }
    draw(std::move(draft));
}

void RecordMessages::hear_report(const ExecutionReport& report, const Event& event, bool is_drawn) {
    const ClOrdID order = order_of(report);
    if (!order.is_none() && !report.order_id.is_none()) {
        orders_.try_emplace({report.account, report.order_id}, order);
    }
    const bool is_new = note_fact(report, order);
    if (!is_drawn) return;
    const bool is_fill = report.exec_type == ExecType::Trade ||
                         report.exec_type == ExecType::TradeCancel ||
                         report.exec_type == ExecType::TradeCorrect;
    Draft draft{.order = order};
    draft.at = event.at;
    draft.message.kind = is_fill ? Kind::Fill : Kind::Report;
    draft.message.step = event.seq;
    draft.message.is_duplicate = !is_new;
    draft.is_of_cancel = report.exec_type == ExecType::Canceled;
    draft.message.label = report_label(report, order);
    switch (report.source) {
    case ReportSource::Stream:
        draft.place = {report.account, is_fill ? Channel::Fills : Channel::Orders};
        draft.message.sent = told_at(report, order, event.at);
        // When it was sent again nobody knows.
        if (!is_new) {
            draft.message.sent = between(draft.message.sent.at, event.at, event.at);
        }
        break;
    case ReportSource::Answer:
        draft.place = {report.account, Channel::Socket};
        draft.message.sent = told_at(report, order, event.at);
        break;
    case ReportSource::Read:
        draft.place = {report.account, Channel::Rest};
        draft.request = report.read;
        draft.message.sent = within_read(report.read, event.at);
        if (!is_fill) draft.message.kind = Kind::Answer;
        break;
    }
    draw(std::move(draft));
}

void RecordMessages::hear_done(const ReadDone& done, const Event& event, bool is_drawn) {
    const auto asked = asked_.find(done.read);
    bool is_duplicate = false;
    if (asked != asked_.end()) {
        is_duplicate = asked->second.heard.has_value();
        if (!is_duplicate) {
            asked->second.heard = event.at;
            asked->second.outcome = done.outcome;
        }
        if (is_drawn && !asked->second.is_drawn) draw_request(done.read, asked->second);
    }
    if (!is_drawn) return;
    Draft draft{.place = {done.account, Channel::Rest}, .request = done.read};
    draft.order = done.cl_ord_id;
    draft.at = event.at;
    timeline::Message& out = draft.message;
    out.kind = Kind::Answer;
    out.step = event.seq;
    out.is_duplicate = is_duplicate;
    out.is_fault = done.outcome == Outcome::Unknown;
    out.sent = within_read(done.read, event.at);
    const std::string_view found = done.found != 0 ? "found" : "not found";
    if (done.outcome != Outcome::Accepted) {
        out.label = fmt::format("{}{}: {}", app::words_of(done.kind), named(done.cl_ord_id),
                                done.outcome == Outcome::Refused ? "refused" : "outcome unknown");
    } else if (done.kind == RequestKind::OrderStatus) {
        out.label = fmt::format("question about{}: {}", named(done.cl_ord_id), found);
    } else {
        out.label = fmt::format("{}: {} {}{}", app::words_of(done.kind), done.rows,
                                done.rows == 1 ? "row" : "rows",
                                done.complete != 0 ? "" : ", not complete");
    }
    draw(std::move(draft));
}

// What an account holds, pushed or read.
template <class Report>
void RecordMessages::draw_state(const Report& report, const Event& event, std::string label) {
    const bool is_read = report.source == ReportSource::Read;
    Draft draft{.place = {report.account, is_read ? Channel::Rest : Channel::Positions}};
    if (is_read) draft.request = report.read;
    draft.at = event.at;
    draft.message.kind = Kind::State;
    draft.message.step = event.seq;
    draft.message.sent = between(report.asked_at, event.at);
    draft.message.label = std::move(label);
    draw(std::move(draft));
}

void RecordMessages::hear_position(const PositionReport& report, const Event& event) {
    draw_state(report, event,
               fmt::format("position {} {}", texts_.place(report.instrument),
                           texts_.qty(report.instrument, report.qty)));
}

void RecordMessages::hear_balance(const BalanceReport& report, const Event& event) {
    draw_state(report, event,
               fmt::format("balance: equity {}, available {}", money(report.equity),
                           money(report.available)));
}

void RecordMessages::hear_book(const BookTop& book, const Event& event) {
    const auto& instrument = config_.desk.engine.instruments[book.instrument.value()];
    Draft draft{.place = {instrument.account, Channel::Market}};
    draft.at = event.at;
    draft.message.kind = Kind::Market;
    draft.message.step = event.seq;
    draft.message.sent = exactly(earlier(book.venue_time, event.at));
    const auto touch = [&](Ticks px, Lots qty) {
        return qty > Lots{0} ? texts_.price(book.instrument, px) : "nobody";
    };
    draft.message.label =
        fmt::format("book {} {} / {}", texts_.place(book.instrument),
                    touch(book.bid_px, book.bid_qty), touch(book.ask_px, book.ask_qty));
    draw(std::move(draft));
}

void RecordMessages::hear_link(const LinkReport& link, Timestamp at, std::uint64_t seq,
                               bool is_drawn) {
    const Channel channel = link.kind == LinkKind::Orders      ? Channel::Orders
                            : link.kind == LinkKind::Fills     ? Channel::Fills
                            : link.kind == LinkKind::Positions ? Channel::Positions
                            : link.kind == LinkKind::Market    ? Channel::Market
                                                               : Channel::Socket;
    AccountIx account = link.account;
    const auto& accounts = config_.desk.engine.accounts;
    for (std::uint32_t i = 0; i < accounts.size() && account.is_none(); ++i) {
        if (accounts[i].venue == link.venue) account = AccountIx{i};
    }
    if (account.is_none()) return;
    Draft draft{.place = {account, channel}, .only_meanwhile = !is_drawn};
    draft.at = at;
    draft.message.kind = Kind::Link;
    draft.message.step = seq;
    draft.message.is_fault = link.state != LinkState::Up;
    draft.message.sent = exactly(at);
    draft.message.label = fmt::format("{} {}", words_of(link.kind), words_of(link.state));
    draw(std::move(draft));
}

// --- Words --------------------------------------------------------------------------------------

std::string RecordMessages::report_label(const ExecutionReport& report, ClOrdID order) const {
    const std::string whose = order.is_none() ? " of nobody known" : named(order);
    std::string out;
    switch (report.exec_type) {
    case ExecType::Trade:
        out = fmt::format("fill {} of{}: {} {} @ {}", id_text(report.exec_id), named(order),
                          to_string(report.side), texts_.qty(report.instrument, report.last_qty),
                          texts_.price(report.instrument, report.last_px));
        if (order.is_none()) out = "foreign " + out;
        break;
    case ExecType::TradeCancel:
        out = fmt::format("fill {}{} busted", id_text(report.exec_id), whose);
        break;
    case ExecType::TradeCorrect:
        out = fmt::format("fill {}{} corrected to {} @ {}", id_text(report.exec_id), whose,
                          texts_.qty(report.instrument, report.last_qty),
                          texts_.price(report.instrument, report.last_px));
        break;
    case ExecType::New:
    case ExecType::Canceled:
    case ExecType::Rejected:
    case ExecType::Expired:
    case ExecType::Replaced:
    case ExecType::Restated:
    case ExecType::Status:
        out = fmt::format("{}{}", to_string(report.exec_type), whose);
        if (report.has_cum_qty != 0) {
            out += fmt::format(", {} filled", texts_.qty(report.instrument, report.cum_qty));
        }
        break;
    }
    if (report.reason != Reason::None) out += fmt::format(": {}", app::words_of(report.reason));
    if (report.source == ReportSource::Read) out += " (read)";
    return out;
}

std::string RecordMessages::participant(AccountIx account) const {
    const auto& engine = config_.desk.engine;
    const core::AccountConfig& one = engine.accounts[account.value()];
    const std::string& venue = engine.venues[one.venue.value()].name;
    const bool is_alone = std::ranges::count_if(engine.accounts, [&](const auto& other) {
                              return other.venue == one.venue;
                          }) == 1;
    return is_alone ? venue : fmt::format("{}/{}", venue, one.name);
}

std::string RecordMessages::money(Money amount) const {
    constexpr int cents = 2;
    constexpr std::int64_t cent = money_one / 100;
    return to_string(Decimal{amount.value() / cent, cents});
}

} // namespace keel::app

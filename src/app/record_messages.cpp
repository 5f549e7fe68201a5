#include "app/record_messages.hpp"

#include <utility>
#include <variant>

namespace keel::app {

using timeline::between;
using timeline::exactly;
using timeline::Kind;

// --- What the desk sends ------------------------------------------------------------------------

void RecordMessages::send(const CommandBody& command, Timestamp at, std::uint64_t seq,
                          std::string_view cause, bool is_drawn) {
    Asked asked;
    asked.at = at;
    asked.seq = seq;
    asked.order = app::order_of(command);
    asked.label = words_.of(command, cause);
    if (const auto* one = std::get_if<NewOrderSingle>(&command)) {
        asked.place = {one->account, Channel::Socket};
        asked.kind = RequestKind::New;
        facts_[one->cl_ord_id].sent = at;
    } else if (const auto* cancel = std::get_if<OrderCancelRequest>(&command)) {
        const bool is_socket = cancel->transport == Transport::Socket;
        asked.place = {cancel->account, is_socket ? Channel::Socket : Channel::Rest};
        asked.kind = RequestKind::Cancel;
        RequestID& first = facts_[cancel->cl_ord_id].cancel;
        if (first.is_none()) first = cancel->request;
    } else if (const auto* amend = std::get_if<OrderCancelReplaceRequest>(&command)) {
        asked.place = {amend->account, Channel::Socket};
        asked.kind = RequestKind::Amend;
    } else if (const auto* all = std::get_if<OrderMassCancelRequest>(&command)) {
        asked.place = {all->account, Channel::Socket};
        asked.kind = RequestKind::MassCancel;
    } else if (const auto* question = std::get_if<OrderStatusRequest>(&command)) {
        asked.place = {question->account, Channel::Rest};
        asked.kind = RequestKind::OrderStatus;
    } else if (const auto* read = std::get_if<ReadRequest>(&command)) {
        asked.place = {read->account, Channel::Rest};
        asked.kind = read->kind;
    } else {
        return; // an alarm: it goes to nobody's venue
    }
    ask(request_of(command), std::move(asked), is_drawn);
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
    out.label = words_.of(answer);
    draw(std::move(draft));
}

void RecordMessages::hear_report(const ExecutionReport& report, const Event& event, bool is_drawn) {
    const ClOrdID order = order_of(report);
    if (!order.is_none() && !report.order_id.is_none()) {
        orders_.try_emplace({report.account, report.order_id}, order);
    }
    const bool is_new = note_fact(report, order);
    if (!is_drawn) return;
    const bool is_fill = is_execution(report.exec_type);
    Draft draft{.order = order};
    draft.at = event.at;
    draft.message.kind = is_fill ? Kind::Fill : Kind::Report;
    draft.message.step = event.seq;
    draft.message.is_duplicate = !is_new;
    draft.is_of_cancel = report.exec_type == ExecType::Canceled;
    draft.message.label = words_.of(report, order);
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
        draft.message.label += " (read)";
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
    out.label = words_.of(done);
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
    draw_state(report, event, words_.of(report));
}

void RecordMessages::hear_balance(const BalanceReport& report, const Event& event) {
    draw_state(report, event, words_.of(report));
}

void RecordMessages::hear_book(const BookTop& book, const Event& event) {
    const auto& instrument = config_.instruments[book.instrument.value()];
    Draft draft{.place = {instrument.account, Channel::Market}};
    draft.at = event.at;
    draft.message.kind = Kind::Market;
    draft.message.step = event.seq;
    draft.message.sent = exactly(earlier(book.venue_time, event.at));
    draft.message.label = words_.of(book);
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
    const auto& accounts = config_.accounts;
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
    draft.message.label = MessageWords::of(link);
    draw(std::move(draft));
}

} // namespace keel::app

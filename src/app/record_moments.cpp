#include <algorithm>
#include <utility>
#include <variant>

#include "app/order_ref.hpp"
#include "app/record_messages.hpp"

// When the venue spoke and heard, as far as a desk can know it, and the diagram that comes of it.

namespace keel::app {

using timeline::between;
using timeline::exactly;
using timeline::Kind;
using timeline::Moment;

// --- What is known beside it --------------------------------------------------------------------

ClOrdID RecordMessages::order_of(const EventBody& body) const {
    const auto by_venue_id = [&](AccountIx account, const OrderID& id) {
        const auto found = orders_.find({account, id});
        return found == orders_.end() ? ClOrdID{} : found->second;
    };
    if (const auto* report = std::get_if<ExecutionReport>(&body)) {
        if (!report->cl_ord_id.is_none()) return report->cl_ord_id;
        return by_venue_id(report->account, report->order_id);
    }
    if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
        if (!answer->cl_ord_id.is_none()) return answer->cl_ord_id;
        const auto asked = asked_.find(answer->request);
        return asked == asked_.end() ? ClOrdID{} : asked->second.order;
    }
    if (const auto* done = std::get_if<ReadDone>(&body)) return done->cl_ord_id;
    return {};
}

bool RecordMessages::answers_drawn(const EventBody& body) const {
    RequestID id;
    if (const auto* answer = std::get_if<RequestAnswer>(&body)) id = answer->request;
    if (const auto* done = std::get_if<ReadDone>(&body)) id = done->read;
    const auto asked = asked_.find(id);
    return asked != asked_.end() && asked->second.is_drawn;
}

// False: its content was heard before.
bool RecordMessages::note_fact(const ExecutionReport& report, ClOrdID order) {
    const Timestamp at = report.transact_time;
    if (!order.is_none() && at.ns() > 0) {
        Facts& facts = facts_[order];
        if (!facts.first || at < *facts.first) {
            facts.first = at;
            facts.first_is_acceptance =
                report.exec_type == ExecType::New || report.exec_type == ExecType::Rejected;
        }
        if (report.exec_type == ExecType::Canceled) facts.ended = at;
        if (report.exec_type == ExecType::Trade) facts.fills.push_back(at);
    }
    if (report.source == ReportSource::Read && report.exec_id.is_none()) return true;
    if (!report.exec_id.is_none()) {
        return executions_
            .insert({report.account, order, report.exec_id, report.exec_type, report.correction})
            .second;
    }
    if (report.version == 0) return true;
    return reports_
        .insert(
            {report.account, report.order_id, report.cl_ord_id, report.exec_type, report.version})
        .second;
}

Moment RecordMessages::told_at(const ExecutionReport& report, ClOrdID order,
                               Timestamp heard) const {
    Timestamp least{0};
    if (const auto known = facts_.find(order); known != facts_.end() && known->second.sent) {
        least = *known->second.sent;
    }
    if (report.transact_time.ns() <= 0) return between(least.ns() > 0 ? least : heard, heard);
    // The venue's clock may be ahead of ours, or behind: nothing is told before it was asked for.
    const Timestamp told = earlier(heard, later(least, report.transact_time));
    // A stream that comes up tells again where an order stands, with the time when it came to that.
    const VenueIx venue = config_.accounts[report.account.value()].venue;
    const bool is_old = heard - told > config_.venues[venue.value()].answer_timeout;
    if (report.exec_type == ExecType::Status && is_old) return between(told, heard, heard);
    return exactly(told);
}

Moment RecordMessages::within_read(RequestID read, Timestamp heard) const {
    const auto asked = asked_.find(read);
    return asked == asked_.end() ? exactly(heard) : between(asked->second.at, heard);
}

// When a request came to the venue: before its answer was heard, and before what it caused.
std::optional<Moment> RecordMessages::arrival(const Asked& asked) const {
    std::optional<Timestamp> latest;
    if (asked.heard && asked.outcome != Outcome::Unknown) latest = asked.heard;
    Timestamp earliest = asked.at;
    std::optional<Timestamp> guess;
    if (const auto known = facts_.find(asked.order); known != facts_.end()) {
        const Facts& facts = known->second;
        if (asked.kind == RequestKind::New && facts.first) {
            const Timestamp first = later(asked.at, *facts.first);
            if (facts.first_is_acceptance) return exactly(first);
            latest = latest ? earlier(*latest, first) : first;
            guess = latest;
        }
        const bool is_effective =
            asked.kind == RequestKind::Cancel && latest && asked.outcome == Outcome::Accepted;
        if (is_effective && facts.ended && *facts.ended >= asked.at && *facts.ended < *latest) {
            latest = facts.ended;
            guess = latest;
        }
        // What was executed after a cancel had left was executed before it came.
        for (const Timestamp fill : facts.fills) {
            if (asked.kind == RequestKind::Cancel && latest && fill <= *latest) {
                earliest = later(earliest, fill);
            }
        }
    }
    if (!latest) return std::nullopt;
    return guess ? between(earliest, *latest, *guess) : between(earliest, *latest);
}

// --- The diagram --------------------------------------------------------------------------------

void RecordMessages::finish(timeline::Timeline& out) && {
    Timestamp first = never;
    Timestamp last{0};
    std::set<std::uint32_t> accounts;
    std::set<ChannelPlace> used;
    for (const Draft& one : drafts_) {
        if (one.only_meanwhile) continue;
        first = earlier(first, one.at);
        if (!one.message.is_duplicate) last = later(last, one.at); // they come late, and alone
        accounts.insert(one.place.account.value());
        used.insert(one.place);
    }
    const auto is_meanwhile = [&](const Draft& one) { return first <= one.at && one.at <= last; };
    // A stream that broke off matters even where nothing came from it; that one is up, where
    // something else is drawn.
    for (const Draft& one : drafts_) {
        const bool is_near = is_meanwhile(one) && accounts.contains(one.place.account.value());
        if (one.only_meanwhile && one.message.is_fault && is_near) used.insert(one.place);
    }
    std::erase_if(drafts_, [&](const Draft& one) {
        return one.only_meanwhile && !(is_meanwhile(one) && used.contains(one.place));
    });
    for (Draft& one : drafts_) {
        const auto asked = asked_.find(one.request);
        if (one.by_bot && asked != asked_.end()) one.place = asked->second.place;
    }
    used.clear();
    for (const Draft& one : drafts_) used.insert(one.place);
    const auto lanes = add_lanes(out, config_, used);
    for (Draft& one : drafts_) {
        timeline::Message& message = one.message;
        const std::uint32_t lane = lanes.at(one.place);
        message.from = one.by_bot ? out.bot : lane;
        message.to = one.by_bot ? lane : out.bot;
        message.exchange = one.request.value();
        if (const auto known = facts_.find(one.order); one.is_of_cancel && known != facts_.end()) {
            message.exchange = known->second.cancel.value();
        }
        if (!one.order.is_none()) message.about = order_text(one.order);
        const auto asked = asked_.find(one.request);
        const auto arrived = asked == asked_.end() ? std::nullopt : arrival(asked->second);
        if (one.by_bot) {
            message.received = arrived;
        } else {
            message.received = exactly(one.at);
            if (message.kind == Kind::Answer) {
                message.sent = arrived ? between(arrived->earliest, one.at, arrived->at)
                               : asked != asked_.end() ? between(asked->second.at, one.at)
                                                       : exactly(one.at);
            }
        }
        out.messages.push_back(std::move(message));
    }
    timeline::sort_messages(out);
}

} // namespace keel::app

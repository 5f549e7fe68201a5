#include "base/hash.hpp"
#include "sim/venue.hpp"

namespace keel::sim {

namespace {

constexpr bool is_end(ExecType type) {
    return type == ExecType::Canceled || type == ExecType::Expired || type == ExecType::Rejected;
}

} // namespace

void Venue::hear(const Message& message, std::uint32_t channel, Timestamp now,
                 std::vector<EventBody>& out) const {
    switch (message.what) {
    case What::Answer: out.emplace_back(body_of<RequestAnswer>(message)); return;
    case What::ReadAnswer: hear_read(message, now, out); return;
    case What::Report:
    case What::Claim: {
        if (channel == Channels::late && stream(message.account, message.link).is_up == 0) return;
        const Update* update = history_.find(store_, message.ref);
        if (update != nullptr) out.emplace_back(report(*update, message.what));
        return; // else it was under way for longer than the venue remembers: lost
    }
    case What::Position: {
        const auto body = body_of<PositionBody>(message);
        PositionReport report;
        report.account = terms(body.instrument).account;
        report.instrument = terms(body.instrument).instrument;
        report.source = ReportSource::Stream;
        report.qty = body.qty;
        report.asked_at = now - config().traits.visibility;
        report.answered_at = now;
        out.emplace_back(report);
        return;
    }
    case What::Book: out.emplace_back(body_of<BookTop>(message)); return;
    case What::Funding: out.emplace_back(body_of<Signal>(message)); return;
    case What::Link: out.emplace_back(body_of<LinkReport>(message)); return;
    case What::Status: out.emplace_back(body_of<SecurityStatus>(message)); return;
    case What::NewOrder:
    case What::Cancel:
    case What::Amend:
    case What::MassCancel:
    case What::OrderStatus:
    case What::Read:
    case What::Beat:
    case What::Settlement: break;
    }
    KEEL_ASSERT(false, "the desk is not told its own requests");
}

ExecutionReport Venue::report(const Update& update, What what) const {
    const SimInstrument& instrument = terms(update.instrument);
    const ExecType type = what == What::Claim ? ExecType::Status : update.type;
    ExecutionReport out;
    out.account = instrument.account;
    out.instrument = instrument.instrument;
    out.cl_ord_id = update.cl_ord_id;
    out.order_id = OrderID{0, update.order_id};
    out.exec_type = type;
    out.side = update.side;
    out.source = ReportSource::Stream;
    out.reason = update.reason;
    out.amend_no = update.amend_no;
    out.px = update.px;
    out.reduced = update.reduced;
    out.transact_time = update.at + config().clock_offset;
    out.version = update.version;
    if (type == ExecType::Trade) {
        if (!config().fills_carry_cl_ord_id) out.cl_ord_id = ClOrdID{};
        out.exec_id = ExecID{0, update.exec_no};
        out.is_maker = update.is_maker;
        out.last_qty = update.last_qty;
        out.last_px = update.last_px;
        out.fee = update.fee;
        out.stage = update.fill_stage();
        out.transact_time = executed_at(update) + config().clock_offset;
        return out;
    }
    out.order_qty = update.order_qty;
    const bool tells_cum = !is_end(type) || config().traits.end_vouches_qty;
    if (tells_cum) {
        out.has_cum_qty = 1;
        out.cum_qty = update.cum_qty;
    }
    // Beyond the fault model a venue vouches for quantities that are not final.
    const bool lies = faults().breaks_bounds != 0 && is_end(type) && tells_cum &&
                      update.cum_qty > Lots{0} && scramble(update.order_id) % 4 == 0;
    if (lies) out.cum_qty = update.cum_qty - Lots{1};
    return out;
}

} // namespace keel::sim

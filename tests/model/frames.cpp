#include "tests/model/frames.hpp"

#include <array>

namespace keel::frames {
namespace {

constexpr Timestamp at{1'762'246'424'000'000'123};

ClOrdID order_7() { return ClOrdID::make(7, 3, 41); }

std::vector<EventBody> events() {
    RequestAnswer answer;
    answer.request = RequestID{11};
    answer.cl_ord_id = order_7();
    answer.order_id = OrderID{12, 13};
    answer.account = AccountIx{1};
    answer.kind = RequestKind::Amend;
    answer.outcome = Outcome::Refused;
    answer.reason = Reason::TooLate;
    answer.transport = Transport::Rest;
    answer.amend_no = 14;
    answer.retry_after_ms = 15;

    ExecutionReport report;
    report.account = AccountIx{1};
    report.instrument = InstrumentIx{2};
    report.cl_ord_id = order_7();
    report.order_id = OrderID{3, 4};
    report.exec_id = ExecID{5, 6};
    report.exec_type = ExecType::Trade;
    report.side = Side::Sell;
    report.position_side = PositionSide::Short;
    report.source = ReportSource::Read;
    report.stage = FillStage::Mined;
    report.has_cum_qty = 1;
    report.is_maker = 1;
    report.reason = Reason::Self;
    report.amend_no = 7;
    report.correction = 8;
    report.read = RequestID{9};
    report.px = Ticks{10};
    report.order_qty = Lots{11};
    report.cum_qty = Lots{12};
    report.reduced = Lots{13};
    report.last_qty = Lots{14};
    report.last_px = Ticks{15};
    report.fee = Money{-16};
    report.transact_time = Timestamp{17};
    report.version = 18;

    PositionReport position;
    position.account = AccountIx{1};
    position.instrument = InstrumentIx{2};
    position.position_side = PositionSide::Long;
    position.source = ReportSource::Stream;
    position.qty = Lots{-143};
    position.read = RequestID{3};
    position.asked_at = Timestamp{4};
    position.answered_at = Timestamp{5};

    BalanceReport balance;
    balance.account = AccountIx{1};
    balance.source = ReportSource::Read;
    balance.equity = Money{2};
    balance.available = Money{-3};
    balance.read = RequestID{4};
    balance.asked_at = Timestamp{5};
    balance.answered_at = Timestamp{6};

    ReadDone done;
    done.read = RequestID{1};
    done.account = AccountIx{2};
    done.instrument = InstrumentIx{3};
    done.cl_ord_id = order_7();
    done.kind = RequestKind::OrderStatus;
    done.outcome = Outcome::Accepted;
    done.complete = 1;
    done.found = Found::Known;
    done.rows = 4;
    done.from = Timestamp{5};
    done.asked_at = Timestamp{6};
    done.answered_at = Timestamp{7};

    BookTop book;
    book.instrument = InstrumentIx{1};
    book.bid_px = Ticks{2};
    book.bid_qty = Lots{3};
    book.ask_px = Ticks{4};
    book.ask_qty = Lots{5};
    book.venue_time = Timestamp{6};

    LinkReport link;
    link.account = AccountIx{1};
    link.venue = VenueIx{2};
    link.kind = LinkKind::Positions;
    link.state = LinkState::Gap;

    OperatorAct act;
    act.act = Act::ReleaseFreeze;
    act.instrument = InstrumentIx{1};
    act.arg = 2;

    Signal signal;
    signal.instrument = InstrumentIx{1};
    signal.kind = SignalKind::Funding;
    signal.id = 2;
    signal.value = -3;
    signal.stop_px = Ticks{4};
    signal.limit_px = Ticks{5};
    signal.valid_until = Timestamp{6};

    SecurityStatus status;
    status.instrument = InstrumentIx{1};
    status.status = TradingStatus::Resolved;
    status.price_step = Ticks{2};
    status.settlement_px = Ticks{3};
    status.venue_time = Timestamp{4};

    return {Boot{.epoch = 3, .restart = 1},
            WakeUp{},
            book,
            answer,
            report,
            position,
            balance,
            done,
            link,
            LeaseGrant{.account = AccountIx{1}, .epoch = 3, .until = Timestamp{4}},
            act,
            signal,
            status};
}

std::vector<CommandBody> commands() {
    NewOrderSingle order;
    order.request = RequestID{1};
    order.cl_ord_id = order_7();
    order.correlation = CorrelationID{2};
    order.account = AccountIx{3};
    order.instrument = InstrumentIx{4};
    order.side = Side::Sell;
    order.tif = TimeInForce::Ioc;
    order.post_only = 1;
    order.reduce_only = 1;
    order.batch = 5;
    order.px = Ticks{6};
    order.qty = Lots{7};
    order.valid_until = Timestamp{8};

    OrderCancelRequest cancel;
    cancel.request = RequestID{1};
    cancel.cl_ord_id = order_7();
    cancel.order_id = OrderID{2, 3};
    cancel.correlation = CorrelationID{4};
    cancel.account = AccountIx{5};
    cancel.instrument = InstrumentIx{6};
    cancel.transport = Transport::Rest;
    cancel.batch = 7;
    cancel.valid_until = Timestamp{8};

    OrderCancelReplaceRequest amend;
    amend.request = RequestID{1};
    amend.cl_ord_id = order_7();
    amend.order_id = OrderID{2, 3};
    amend.correlation = CorrelationID{4};
    amend.account = AccountIx{5};
    amend.instrument = InstrumentIx{6};
    amend.amend_no = 7;
    amend.px = Ticks{8};
    amend.qty = Lots{9};
    amend.valid_until = Timestamp{10};

    OrderMassCancelRequest all;
    all.request = RequestID{1};
    all.account = AccountIx{2};
    all.instrument = InstrumentIx{3};
    all.valid_until = Timestamp{4};

    OrderStatusRequest query;
    query.request = RequestID{1};
    query.cl_ord_id = order_7();
    query.order_id = OrderID{2, 3};
    query.account = AccountIx{4};
    query.instrument = InstrumentIx{5};

    ReadRequest read;
    read.request = RequestID{1};
    read.account = AccountIx{2};
    read.instrument = InstrumentIx{3};
    read.kind = RequestKind::ReadFills;
    read.from = Timestamp{4};

    Alarm alarm;
    alarm.kind = AlarmKind::LimitReached;
    alarm.limit = Limit::PriceCollar;
    alarm.instrument = InstrumentIx{1};
    alarm.account = AccountIx{2};
    alarm.cl_ord_id = order_7();
    alarm.value = -3;
    alarm.bound = 4;

    Notice notice;
    notice.kind = NoticeKind::CloseRunning;
    notice.cause = CloseCause::Request;
    notice.position_side = PositionSide::Short;
    notice.flagged = 1;
    notice.instrument = InstrumentIx{1};
    notice.life = 2;
    notice.request = 3;
    notice.qty = Lots{-4};

    Heartbeat beat;
    beat.request = RequestID{1};
    beat.account = AccountIx{2};

    return {order, cancel, amend, all, query, read, alarm, notice, beat};
}

} // namespace

std::vector<Named> one_of_each() {
    constexpr std::array event_names{"boot",           "wake_up",          "book_top",
                                     "request_answer", "execution_report", "position_report",
                                     "balance_report", "read_done",        "link_report",
                                     "lease_grant",    "operator_act",     "signal",
                                     "security_status"};
    constexpr std::array command_names{"new_order_single",
                                       "order_cancel_request",
                                       "order_cancel_replace_request",
                                       "order_mass_cancel_request",
                                       "order_status_request",
                                       "read_request",
                                       "alarm",
                                       "notice",
                                       "heartbeat"};
    static_assert(event_names.size() == std::variant_size_v<EventBody>, "one golden frame of each");
    static_assert(command_names.size() == std::variant_size_v<CommandBody>);
    std::vector<Named> out;
    std::uint64_t seq = 4'182;
    std::size_t n = 0;
    for (const EventBody& body : events()) {
        Named& one = out.emplace_back(event_names[n++]);
        // (Golden frames keep the number that they were made with.)
        const bool is_late = std::holds_alternative<SecurityStatus>(body);
        append_frame(one.bytes, Event{is_late ? 4'204 : seq++, at, body});
    }
    n = 0;
    seq = 4'193; // as before there was a kind 12: the golden frames of commands have these
    for (const CommandBody& body : commands()) {
        Named& one = out.emplace_back(command_names[n++]);
        // (These came after the further versions below.)
        std::uint64_t number = 0;
        if (std::holds_alternative<Notice>(body)) number = 4'202;
        if (std::holds_alternative<Heartbeat>(body)) number = 4'205;
        append_frame(one.bytes, number != 0 ? number : seq++, at, body);
    }
    // What has further versions.
    auto stop = std::get<NewOrderSingle>(commands().front());
    stop.trigger_px = Ticks{9};
    append_frame(out.emplace_back("new_order_single_2").bytes, seq++, at, stop);
    auto of_side = std::get<NewOrderSingle>(commands().front());
    of_side.position_side = PositionSide::Short;
    append_frame(out.emplace_back("new_order_single_3").bytes, seq++, at, of_side);
    auto merge = std::get<NewOrderSingle>(commands().front());
    merge.kind = OrdKind::Merge;
    append_frame(out.emplace_back("new_order_single_merge").bytes, 4'206, at, merge);
    return out;
}

} // namespace keel::frames

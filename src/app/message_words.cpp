#include "app/message_words.hpp"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/order_ref.hpp"
#include "base/decimal.hpp"

namespace keel::app {
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

std::string money(Money amount) {
    constexpr int cents = 2;
    constexpr std::int64_t cent = money_one / 100;
    return to_string(Decimal{amount.value() / cent, cents});
}

template <class... Lambdas> struct Overloaded : Lambdas... {
    using Lambdas::operator()...;
};

} // namespace

std::string MessageWords::of(const CommandBody& command, std::string_view cause) const {
    const std::string why = cause.empty() ? "" : fmt::format(" ({})", cause);
    return std::visit(
        Overloaded{
            [&](const NewOrderSingle& one) {
                return fmt::format(
                    "new order{}{}: {} {} @ {} on {}{}{}{}{}{}", named(one.cl_ord_id), why,
                    to_string(one.side), texts_.qty(one.instrument, one.qty),
                    texts_.price(one.instrument, one.px), texts_.place(one.instrument),
                    position_suffix(one.position_side),
                    one.trigger_px == Ticks{}
                        ? ""
                        : ", stop at " + texts_.price(one.instrument, one.trigger_px),
                    one.tif == TimeInForce::Ioc ? ", IOC" : "",
                    one.post_only != 0 ? ", post-only" : "",
                    one.reduce_only != 0 ? ", reduce-only" : "");
            },
            [&](const OrderCancelRequest& one) {
                return fmt::format("cancel{}{}", named(one.cl_ord_id), why);
            },
            [&](const OrderCancelReplaceRequest& one) {
                return fmt::format("amend{}: {} @ {}", named(one.cl_ord_id),
                                   texts_.qty(one.instrument, one.qty),
                                   texts_.price(one.instrument, one.px));
            },
            [&](const OrderMassCancelRequest&) { return std::string{"cancel all"}; },
            [&](const OrderStatusRequest& one) {
                return fmt::format("what became of{}?", named(one.cl_ord_id));
            },
            [&](const ReadRequest& one) { return std::string{app::words_of(one.kind)}; },
            [](const Heartbeat&) { return std::string{"heartbeat"}; },
            [&](const Alarm&) { return std::string{}; },
            [&](const Notice&) { return std::string{}; },
        },
        command);
}

std::string MessageWords::of(const RequestAnswer& answer) const {
    const std::string what =
        fmt::format("{}{}", app::words_of(answer.kind), named(answer.cl_ord_id));
    switch (answer.outcome) {
    case Outcome::Accepted: return what + " accepted";
    case Outcome::Refused: return fmt::format("{} refused: {}", what, app::words_of(answer.reason));
    case Outcome::Unknown:
        return fmt::format("{}: outcome unknown, {}", what, app::words_of(answer.reason));
    }
    std::unreachable();
}

std::string MessageWords::of(const ExecutionReport& report, ClOrdID order) const {
    std::string out = told(report, order);
    if (report.reason != Reason::None) out += fmt::format(": {}", app::words_of(report.reason));
    return out;
}

std::string MessageWords::told(const ExecutionReport& report, ClOrdID order) const {
    const std::string whose = order.is_none() ? " of nobody known" : named(order);
    switch (report.exec_type) {
    case ExecType::Trade:
        return fmt::format("{} {}{}: {} {} @ {}", order.is_none() ? "foreign fill" : "fill",
                           id_text(report.exec_id), order.is_none() ? "" : " of" + named(order),
                           to_string(report.side), texts_.qty(report.instrument, report.last_qty),
                           texts_.price(report.instrument, report.last_px));
    case ExecType::TradeCancel:
        return fmt::format("fill {}{} busted", id_text(report.exec_id), whose);
    case ExecType::TradeCorrect:
        return fmt::format("fill {}{} corrected to {} @ {}", id_text(report.exec_id), whose,
                           texts_.qty(report.instrument, report.last_qty),
                           texts_.price(report.instrument, report.last_px));
    case ExecType::New:
    case ExecType::Canceled:
    case ExecType::Rejected:
    case ExecType::Expired:
    case ExecType::Replaced:
    case ExecType::Restated:
    case ExecType::Status:
        if (report.has_cum_qty == 0) return fmt::format("{}{}", to_string(report.exec_type), whose);
        return fmt::format("{}{}, {} filled", to_string(report.exec_type), whose,
                           texts_.qty(report.instrument, report.cum_qty));
    }
    std::unreachable();
}

std::string MessageWords::of(const ReadDone& done) const {
    if (done.outcome != Outcome::Accepted) {
        return fmt::format("{}{}: {}", app::words_of(done.kind), named(done.cl_ord_id),
                           done.outcome == Outcome::Refused ? "refused" : "outcome unknown");
    }
    if (done.kind == RequestKind::OrderStatus) {
        return fmt::format("question about{}: {}", named(done.cl_ord_id),
                           done.found != Found::No ? "found" : "not found");
    }
    return fmt::format("{}: {} {}{}", app::words_of(done.kind), done.rows,
                       done.rows == 1 ? "row" : "rows", done.complete != 0 ? "" : ", not complete");
}

std::string MessageWords::of(const PositionReport& report) const {
    return fmt::format("position {}{} {}", texts_.place(report.instrument),
                       position_suffix(report.position_side),
                       texts_.qty(report.instrument, report.qty));
}

std::string MessageWords::of(const BalanceReport& report) const {
    return fmt::format("balance: equity {}, available {}", money(report.equity),
                       money(report.available));
}

std::string MessageWords::of(const BookTop& book) const {
    const auto touch = [&](Ticks px, Lots qty) {
        return qty > Lots{0} ? texts_.price(book.instrument, px) : "nobody";
    };
    return fmt::format("book {} {} / {}", texts_.place(book.instrument),
                       touch(book.bid_px, book.bid_qty), touch(book.ask_px, book.ask_qty));
}

std::string MessageWords::of(const SecurityStatus& status) const {
    const std::string where = texts_.place(status.instrument);
    const std::string step = texts_.price(status.instrument, status.price_step);
    switch (status.status) {
    case TradingStatus::Open: return fmt::format("{} is open, in steps of {}", where, step);
    case TradingStatus::Halted: return fmt::format("{} is halted", where);
    case TradingStatus::Resolved:
        return fmt::format("{} is resolved: {}", where,
                           texts_.price(status.instrument, status.settlement_px));
    }
    std::unreachable();
}

std::string MessageWords::of(const LinkReport& link) {
    return fmt::format("{} {}", words_of(link.kind), words_of(link.state));
}

bool is_execution(ExecType type) {
    return type == ExecType::Trade || type == ExecType::TradeCancel ||
           type == ExecType::TradeCorrect;
}

ClOrdID order_of(const CommandBody& command) {
    return std::visit(
        []<class Body>(const Body& one) -> ClOrdID {
            if constexpr (!is_for_venue<Body>) {
                return {};
            } else if constexpr (requires { one.cl_ord_id; }) {
                return one.cl_ord_id;
            } else {
                return {};
            }
        },
        command);
}

RequestID request_of(const CommandBody& command) {
    return std::visit(
        []<class Body>(const Body& one) -> RequestID {
            if constexpr (is_for_venue<Body>) {
                return one.request;
            } else {
                return {};
            }
        },
        command);
}

} // namespace keel::app

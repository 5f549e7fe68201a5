#include "app/order_words.hpp"

#include <utility>

#include <fmt/format.h>

#include "base/decimal.hpp"

namespace keel::app {

std::string time_text(Duration since) {
    return fmt::format("{}.{:06}", since.value() / 1'000'000'000,
                       since.value() / 1'000 % 1'000'000);
}

std::string pending_text(std::uint8_t set) {
    std::string out;
    const auto add = [&](std::uint8_t bit, std::string_view name) {
        if ((set & bit) != 0) out += fmt::format("{}{}", out.empty() ? "" : "+", name);
    };
    add(pending::create, "create");
    add(pending::cancel, "cancel");
    add(pending::amend, "amend");
    return out.empty() ? "-" : out;
}

std::string_view words_of(Reason reason) {
    switch (reason) {
    case Reason::None: return "no reason given";
    case Reason::InvalidRequest: return "invalid request";
    case Reason::InsufficientMargin: return "insufficient margin";
    case Reason::PostOnlyWouldCross: return "post-only would cross";
    case Reason::ReduceOnly: return "reduce-only, and nothing to reduce";
    case Reason::NoLiquidity: return "nobody to trade with";
    case Reason::UnknownOrder: return "the venue knows no such order";
    case Reason::DuplicateID: return "an order with this id exists";
    case Reason::RateLimited: return "rate limited";
    case Reason::Expired: return "its validity had ended";
    case Reason::Busy: return "the venue was busy";
    case Reason::Timeout: return "no answer in time";
    case Reason::TooLate: return "too late, it has ended";
    case Reason::NotSupported: return "not supported";
    case Reason::Self: return "self-trade prevention";
    case Reason::WouldTrigger: return "the market is past its trigger";
    case Reason::BadNonce: return "its nonce is not the one that is due";
    case Reason::Liquidation: return "a liquidation by the venue";
    case Reason::Deleveraging: return "a deleveraging (ADL) by the venue";
    }
    std::unreachable();
}

std::string_view words_of(RequestKind kind) {
    switch (kind) {
    case RequestKind::New: return "new order";
    case RequestKind::Cancel: return "cancel";
    case RequestKind::Amend: return "amend";
    case RequestKind::MassCancel: return "cancel-all";
    case RequestKind::OrderStatus: return "question about it";
    case RequestKind::ReadOpenOrders: return "read of open orders";
    case RequestKind::ReadFills: return "read of fills";
    case RequestKind::ReadPositions: return "read of positions";
    case RequestKind::ReadBalances: return "read of balances";
    case RequestKind::Heartbeat: return "heartbeat";
    }
    std::unreachable();
}

std::string_view words_of(ReportSource source) {
    switch (source) {
    case ReportSource::Stream: return "stream";
    case ReportSource::Answer: return "answer";
    case ReportSource::Read: return "read";
    }
    std::unreachable();
}

std::string_view words_of(Act act) {
    switch (act) {
    case Act::Halt: return "halt";
    case Act::Resume: return "resume";
    case Act::WindDown: return "wind down";
    case Act::Kill: return "kill";
    case Act::ResetKill: return "reset kill";
    case Act::AssignAdjustment: return "assign adjustment";
    case Act::ReleaseFreeze: return "release freeze";
    case Act::AcceptFillGap: return "accept fill gap";
    }
    std::unreachable();
}

std::string_view words_of(sim::OutsideAct::Kind kind) {
    switch (kind) {
    case sim::OutsideAct::Kind::Manual: return "somebody";
    case sim::OutsideAct::Kind::Liquidation: return "a liquidation";
    case sim::OutsideAct::Kind::Adl: return "a deleveraging";
    }
    std::unreachable();
}

std::string id_text(const ExecID& id) {
    return id.hi == 0 ? fmt::to_string(id.lo) : fmt::format("{:016x}{:016x}", id.hi, id.lo);
}

const Instrument* InstrumentTexts::spec(InstrumentIx i) const {
    const auto& all = config_.instruments;
    return i.value() < all.size() ? &all[i.value()].instrument : nullptr;
}

std::string InstrumentTexts::place(InstrumentIx i) const {
    const Instrument& one = *spec(i);
    return fmt::format("{}/{}", config_.venues[one.venue.value()].name, one.symbol);
}

std::string InstrumentTexts::qty(InstrumentIx i, Lots lots) const {
    const Instrument* one = spec(i);
    const auto exact = one != nullptr ? times(lots.value(), one->lot_size) : fail("");
    return exact ? to_string(*exact) : fmt::format("{} lots", lots.value());
}

std::string InstrumentTexts::price(InstrumentIx i, Ticks px) const {
    const Instrument* one = spec(i);
    const auto exact = one != nullptr ? times(px.value(), one->tick_size) : fail("");
    return exact ? to_string(*exact) : fmt::format("{} ticks", px.value());
}

} // namespace keel::app

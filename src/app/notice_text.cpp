#include "app/notice_text.hpp"

#include <utility>

#include <fmt/format.h>

#include "app/amounts.hpp"

namespace keel::app {
namespace {

std::string why(const Notice& notice) {
    switch (notice.cause) {
    case CloseCause::None:
    case CloseCause::Emergency: // (these tell only what has closed it)
    case CloseCause::Desk:
    case CloseCause::Manual:
    case CloseCause::Liquidation:
    case CloseCause::Deleveraging:
    case CloseCause::Position: return "others close";
    case CloseCause::Stop: return "its stop closes";
    case CloseCause::Limit: return "its target closes";
    case CloseCause::Age: return "its age closes";
    case CloseCause::Retreat: return "what it has lost of its best closes";
    case CloseCause::Request: return fmt::format("request {} closes", notice.request);
    case CloseCause::Exit: return "the end of the run closes";
    case CloseCause::Kill: return "the kill switch closes";
    case CloseCause::Carry: return "funding that pays too little closes";
    case CloseCause::Late: return "a counterpart that came too late closes";
    case CloseCause::Alone: return "a counterpart that is gone closes";
    }
    std::unreachable();
}

// What a bracket tells of the last that was taken of its position.
std::string closed_words(const Notice& notice, std::string_view was) {
    switch (notice.cause) {
    case CloseCause::Stop: return fmt::format("{} closed by its stop", was);
    case CloseCause::Emergency: return fmt::format("{} closed by its emergency stop", was);
    case CloseCause::Limit: return fmt::format("{} closed at its target", was);
    case CloseCause::Desk: return fmt::format("{} closed by Keel", was);
    case CloseCause::Manual: return fmt::format("{} closed by somebody else's trade", was);
    case CloseCause::Liquidation: return fmt::format("{} liquidated by the venue", was);
    case CloseCause::Deleveraging: return fmt::format("{} deleveraged (ADL) by the venue", was);
    case CloseCause::Position: return fmt::format("{} gone: only the position tells it", was);
    case CloseCause::None:
    case CloseCause::Age:
    case CloseCause::Retreat:
    case CloseCause::Request:
    case CloseCause::Exit:
    case CloseCause::Kill:
    case CloseCause::Carry:
    case CloseCause::Late:
    case CloseCause::Alone: return "closed";
    }
    std::unreachable();
}

} // namespace

std::string_view stage_after(NoticeKind kind) {
    switch (kind) {
    case NoticeKind::Discovered: return "open";
    case NoticeKind::CloseBegun:
    case NoticeKind::CloseRunning: return "closing";
    case NoticeKind::Closed:
    case NoticeKind::AlreadyClosed:
    case NoticeKind::Lapsed: return "closed";
    }
    std::unreachable();
}

std::string_view name_of(CloseCause cause) {
    switch (cause) {
    case CloseCause::None: return "by_others";
    case CloseCause::Stop: return "stop";
    case CloseCause::Limit: return "limit";
    case CloseCause::Age: return "max_hold";
    case CloseCause::Retreat: return "drawdown";
    case CloseCause::Request: return "request";
    case CloseCause::Exit: return "exit";
    case CloseCause::Kill: return "kill";
    case CloseCause::Carry: return "carry";
    case CloseCause::Late: return "late";
    case CloseCause::Alone: return "alone";
    case CloseCause::Emergency: return "emergency_stop";
    case CloseCause::Desk: return "desk";
    case CloseCause::Manual: return "manual";
    case CloseCause::Liquidation: return "liquidation";
    case CloseCause::Deleveraging: return "adl";
    case CloseCause::Position: return "position";
    }
    std::unreachable();
}

std::string words_of(const Notice& notice, const core::EngineConfig& config,
                     std::span<const std::string> bases) {
    const Instrument& spec = config.instruments[notice.instrument.value()].instrument;
    const Result<Decimal> qty = times(notice.qty.value(), spec.lot_size);
    const std::string held =
        qty ? fmt::format("{} {}", shown(*qty), bases[notice.instrument.value()])
            : fmt::format("{} lots", notice.qty.value());
    std::string what;
    switch (notice.kind) {
    case NoticeKind::Discovered:
        what = fmt::format("{} found{}", held, notice.flagged != 0 ? "; nobody adopts it" : "");
        break;
    case NoticeKind::CloseBegun: what = fmt::format("{} {}", why(notice), held); break;
    case NoticeKind::CloseRunning:
        what = fmt::format("request {} is answered with the close that runs", notice.request);
        break;
    case NoticeKind::Closed: // (a guardian's lives have numbers, and tell why before)
        what = notice.life != 0 ? "closed" : closed_words(notice, held);
        break;
    case NoticeKind::AlreadyClosed:
        what = notice.request != 0 ? fmt::format("request {} finds it closed", notice.request)
                                   : "its close finds it closed";
        break;
    case NoticeKind::Lapsed:
        what = fmt::format("request {} lapsed before it could be looked at", notice.request);
        break;
    }
    // (Legs of pairs and of brackets have no numbers.)
    const std::string life = notice.life == 0 ? "" : fmt::format(", life {}", notice.life);
    return fmt::format("{}/{}{}{}: {}", config.venues[spec.venue.value()].name, spec.symbol,
                       position_suffix(notice.position_side), life, what);
}

} // namespace keel::app

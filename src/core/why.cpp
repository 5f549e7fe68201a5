#include "core/why.hpp"

#include <utility>

namespace keel::core {

std::string_view to_string(Why why) {
    switch (why) {
    case Why::Sent: return "sent";
    case Why::Report: return "report";
    case Why::Answer: return "answer";
    case Why::Query: return "query";
    case Why::Timeout: return "timeout";
    case Why::Cancel: return "cancel asked";
    case Why::Amend: return "amend asked";
    case Why::Settled: return "settled";
    case Why::Boot: return "boot";
    }
    std::unreachable();
}

std::string_view to_string(Cause cause) {
    switch (cause) {
    case Cause::None: return "";
    case Cause::Quote: return "quote";
    case Cause::Hedge: return "hedge";
    case Cause::HedgeRetry: return "hedge again";
    case Cause::Close: return "close";
    case Cause::Sweep: return "sweep";
    case Cause::Age: return "refresh by age";
    case Cause::EdgeDrift: return "edge drift";
    case Cause::NoPrice: return "no price to quote at";
    case Cause::Guard: return "guard";
    case Cause::Halt: return "operator's halt";
    case Cause::Kill: return "kill switch";
    case Cause::Exit: return "exit";
    case Cause::AmendedAway: return "amended to what is filled";
    case Cause::Excess: return "more rests than wanted";
    case Cause::Restart: return "restart";
    case Cause::Recovered: return "in no record of ours";
    case Cause::LateArrival: return "rests after its end";
    case Cause::Repeat: return "again, without evidence of its end";
    case Cause::Caller: return "by the caller";
    case Cause::Take: return "take";
    case Cause::Protect: return "protect";
    case Cause::Moved: return "its level has moved";
    case Cause::NoneHeld: return "nothing held to protect";
    case Cause::NoValue: return "no fair value";
    case Cause::CutOff: return "cut-off";
    case Cause::NoRoom: return "no room for it";
    case Cause::Merge: return "merge of complete sets";
    case Cause::Redeem: return "redemption";
    case Cause::FailedFill: return "a fill of it failed";
    }
    std::unreachable();
}

} // namespace keel::core

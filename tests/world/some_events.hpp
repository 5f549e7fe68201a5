#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::world::test {

// Some event of each kind in turn, with content from `rng`.
inline Event some_event(std::uint64_t seq, Rng& rng) {
    Event out{seq, Timestamp{static_cast<std::int64_t>(seq) * 1'000}, WakeUp{}};
    const auto small = [&] { return rng.between(0, 1'000); };
    switch (seq % 6) {
    case 0: {
        BookTop top;
        top.instrument = InstrumentIx{1};
        top.bid_px = Ticks{small()};
        top.ask_px = Ticks{small()};
        out.body = top;
        break;
    }
    case 1: {
        ExecutionReport report;
        report.cl_ord_id = ClOrdID::make(1, 1, static_cast<std::uint32_t>(small()));
        report.last_qty = Lots{small()};
        report.last_px = Ticks{small()};
        out.body = report;
        break;
    }
    case 2: out.body = LeaseGrant{AccountIx{0}, 1, Timestamp{small()}}; break;
    case 3: out.body = Boot{static_cast<std::uint32_t>(small()), 1}; break;
    case 4: {
        RequestAnswer answer;
        answer.request = RequestID{rng.next()};
        out.body = answer;
        break;
    }
    default: break;
    }
    return out;
}

inline CommandBody some_command(Rng& rng) {
    NewOrderSingle order;
    order.cl_ord_id = ClOrdID{rng.next()};
    order.px = Ticks{rng.between(1, 1'000)};
    order.qty = Lots{rng.between(1, 1'000)};
    return order;
}

} // namespace keel::world::test

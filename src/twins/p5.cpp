#include "twins/p5.hpp"

namespace keel::twins::p5 {
namespace {

sim::TrueOrder order_of(const explore::World& world, ClOrdID id) {
    const sim::Venue& venue = venue_of(world);
    for (std::uint32_t n = 0; n < venue.order_count(); ++n) {
        const sim::TrueOrder order = venue.order(n);
        if (order.cl_ord_id == id) return order;
    }
    return {};
}

} // namespace

bool is_open(const explore::World& world, ClOrdID id) { return order_of(world, id).is_open; }

bool was_rejected(const explore::World& world, ClOrdID id) {
    return order_of(world, id).was_rejected;
}

std::uint32_t open_orders(const explore::World& world, Side side) {
    const sim::Venue& venue = venue_of(world);
    std::uint32_t open = 0;
    for (std::uint32_t n = 0; n < venue.order_count(); ++n) {
        const sim::TrueOrder order = venue.order(n);
        if (order.is_open && order.side == side) ++open;
    }
    return open;
}

bool is_quiet(const explore::World& world) {
    const sim::Venue& venue = venue_of(world);
    return venue.oldest_message() == never && venue.pending(sim::Channels::late) == 0;
}

bool is_at_the_end(const explore::World& world) {
    return world.is_terminal() && venue_of(world).streams_down() == 0;
}

} // namespace keel::twins::p5

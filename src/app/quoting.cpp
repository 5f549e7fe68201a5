#include "app/quoting.hpp"

#include "base/assert.hpp"

namespace keel::app {

Quoting::Quoting(const strategy::DeskConfig& desk) {
    for (const strategy::XemmConfig& one : desk.xemm) {
        Pair& pair = pairs_.emplace_back();
        pair.name = one.name;
        pair.maker = one.maker;
        pair.buys = one.sides != strategy::Sides::SellOnly;
        pair.sells = one.sides != strategy::Sides::BuyOnly;
        hedges_.push_back(one.hedge);
    }
}

void Quoting::on_order(const NewOrderSingle& order) {
    if (order.post_only == 0) return; // hedges and closes take
    for (Pair& pair : pairs_) {
        if (pair.maker == order.instrument) ++pair.quotes;
    }
}

void Quoting::look(const core::Engine& engine) {
    if (engine.desk().winding_down != 0) return;
    std::uint32_t intent = 0; // the desk announces a buy and a sell for each pair, in order
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
        Pair& pair = pairs_[p];
        for (const Side side : {Side::Buy, Side::Sell}) {
            const core::IntentIx ix{intent++};
            const core::Intent& wanted = engine.intent(ix);
            KEEL_ASSERT(wanted.instrument == pair.maker && wanted.side == side,
                        "a pair's intents are where its desk announced them");
            if (!(side == Side::Buy ? pair.buys : pair.sells)) continue;
            ++pair.looks;
            if (engine.order_of(ix) != nullptr) {
                ++pair.resting;
                continue;
            }
            std::size_t guard = wanted.blocked_by;
            if (wanted.want_qty == Lots{0}) { // it does not even ask
                const std::uint64_t on =
                    engine.guards_on(pair.maker) | engine.guards_on(hedges_[p]);
                guard = on == 0 ? 0 : static_cast<std::size_t>(__builtin_ctzll(on));
            }
            ++pair.held[guard];
        }
    }
}

} // namespace keel::app

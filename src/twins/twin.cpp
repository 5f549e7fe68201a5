#include "twins/twin.hpp"

namespace keel::twins {
namespace {

constexpr Duration validity = seconds(3'600); // naive bots know no end of validity

} // namespace

AccountIx Sender::account_of(InstrumentIx instrument) const {
    return scenario_->desk.engine.instruments[instrument.value()].account;
}

ClOrdID Sender::place(Numbers& numbers, const Order& order) {
    const ClOrdID id = ClOrdID::make(scenario_->desk.engine.desk, numbers.epoch, ++numbers.orders);
    place_again(numbers, id, order);
    return id;
}

void Sender::place_again(Numbers& numbers, ClOrdID id, const Order& order) {
    out_->add(NewOrderSingle{.request = RequestID{++numbers.requests},
                             .cl_ord_id = id,
                             .correlation = CorrelationID{id.counter()},
                             .account = account_of(order.instrument),
                             .instrument = order.instrument,
                             .side = order.side,
                             .tif = order.tif,
                             .post_only = order.post_only ? std::uint8_t{1} : std::uint8_t{0},
                             .reduce_only = order.reduce_only ? std::uint8_t{1} : std::uint8_t{0},
                             .batch = order.batch,
                             .px = order.px,
                             .qty = order.qty,
                             .valid_until = now_ + validity,
                             .trigger_px = order.trigger_px});
}

RequestID Sender::cancel(Numbers& numbers, InstrumentIx instrument, ClOrdID id,
                         Transport transport) {
    const RequestID request{++numbers.requests};
    out_->add(OrderCancelRequest{.request = request,
                                 .cl_ord_id = id,
                                 .order_id = {},
                                 .correlation = {},
                                 .account = account_of(instrument),
                                 .instrument = instrument,
                                 .transport = transport,
                                 .reserved = {},
                                 .batch = 0,
                                 .valid_until = now_ + validity});
    return request;
}

RequestID Sender::cancel_all(Numbers& numbers, InstrumentIx instrument) {
    const RequestID request{++numbers.requests};
    out_->add(OrderMassCancelRequest{.request = request,
                                     .account = account_of(instrument),
                                     .instrument = instrument,
                                     .valid_until = now_ + validity});
    return request;
}

RequestID Sender::read(Numbers& numbers, RequestKind kind, InstrumentIx instrument) {
    const RequestID request{++numbers.requests};
    out_->add(ReadRequest{.request = request,
                          .account = account_of(instrument),
                          .instrument = {},
                          .kind = kind,
                          .reserved = {},
                          .from = {}});
    return request;
}

explore::Rule broken_in_truth(const explore::World& world) {
    const core::EngineConfig& config = world.scenario().desk.engine;
    for (const core::GroupConfig& group : config.groups) {
        Units net;
        Units made;
        for (const InstrumentIx member : group.members) {
            const Units held{world.held(member).value() *
                             config.instruments[member.value()].instrument.units_per_lot};
            net += held;
            if (member != group.hedge_via) made += held;
        }
        if (abs(net) > group.exposure_limit) return explore::Rule::ExposureWithinLimit;
        if ((made >= Units{0} && net < Units{0}) || (made <= Units{0} && net > Units{0})) {
            return explore::Rule::HedgedOnce;
        }
    }
    return explore::Rule::None;
}

explore::Rule broken_at_the_end(const explore::World& world) {
    if (!world.is_terminal()) return explore::Rule::None;
    for (std::uint32_t v = 0; v < world.venue_count(); ++v) {
        if (world.venue(v).open_order_count() != 0) return explore::Rule::EndsFlat;
    }
    const core::EngineConfig& config = world.scenario().desk.engine;
    for (const core::GroupConfig& group : config.groups) {
        Units net;
        for (const InstrumentIx member : group.members) {
            net += Units{world.held(member).value() *
                         config.instruments[member.value()].instrument.units_per_lot};
        }
        if (net != Units{0}) return explore::Rule::EndsFlat;
    }
    return explore::Rule::None;
}

} // namespace keel::twins

#include "strategy/desk.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace keel::strategy {

Desk::Desk(const DeskConfig& config) : Desk(config, StoreLayout{}) {}

Desk::Desk(const DeskConfig& config, StoreLayout layout) : engine_(config.engine, layout) {
    xemm_.reserve(config.xemm.size());
    for (const XemmConfig& one : config.xemm) xemm_.emplace_back(one, engine_, layout);
    engine_.open(layout);
}

void Desk::step(const Event& event, Commands& out) {
    out.clear();
    engine_.absorb(event, out);
    for (const Xemm& one : xemm_) one.update(engine_, out);
    engine_.pursue(out);
}

Timestamp Desk::wake_at() const {
    Timestamp at = engine_.wake_at();
    for (const Xemm& one : xemm_) at = earlier(at, one.wake_at(engine_));
    return at;
}

bool Desk::is_settled() const {
    if (engine_.config().sabotage.settles_when_hedged) {
        return std::ranges::all_of(
            xemm_, [&](const Xemm& one) { return engine_.is_flat(one.config().group); });
    }
    if (engine_.is_in_doubt()) return false;
    bool positions_flat = true;
    for (const Xemm& one : xemm_) {
        if (!one.has_exited(engine_)) return false;
        const bool holds = one.config().on_exit == OnExit::Hold && engine_.desk().killed == 0;
        positions_flat = positions_flat && !holds;
    }
    return engine_.is_quiet(positions_flat);
}

std::uint64_t Desk::decision_hash(core::Engine::HashOf of, Duration far) const {
    Hasher h{6};
    h.add(engine_.decision_hash(of, far));
    for (const Xemm& one : xemm_) h.add(one.decision_hash(engine_, far));
    return h.digest();
}

Result<DeskConfig> make_desk_config(DeskConfig draft) {
    auto engine = core::make_engine_config(std::move(draft.engine));
    if (!engine) return std::unexpected(engine.error());
    draft.engine = std::move(*engine);
    for (const XemmConfig& one : draft.xemm) {
        const auto refuse = [&](std::string_view why) {
            return fail(fmt::format("xemm {}: {}", one.name, why));
        };
        if (one.group.value() >= draft.engine.groups.size()) return refuse("its group is missing");
        const core::GroupConfig& group = draft.engine.groups[one.group.value()];
        const auto is_member = [&](InstrumentIx i) {
            return std::ranges::find(group.members, i) != group.members.end();
        };
        if (!is_member(one.maker) || !is_member(one.hedge)) {
            return refuse("maker and hedge must be members of its group");
        }
        if (one.maker == one.hedge) return refuse("maker and hedge must differ");
        if (group.hedge_via != one.hedge) return refuse("hedge must be the group's hedge_via");
        const Instrument& maker = draft.engine.instruments[one.maker.value()].instrument;
        const Instrument& hedge = draft.engine.instruments[one.hedge.value()].instrument;
        if (one.order_qty < maker.min_qty) return refuse("order_qty is below the maker's minimum");
        const auto checked = checked_mul(one.order_qty.value(), maker.units_per_lot);
        if (!checked) return refuse("order_qty is more base units than can be counted");
        const std::int64_t units = *checked;
        if (units / hedge.units_per_lot < hedge.min_qty.value()) {
            return refuse(
                "order_qty is below what the hedge venue takes: it could never be hedged");
        }
        if (Units{units} > group.exposure_limit) {
            return refuse(
                "order_qty is above the group's exposure_limit: no quote would ever pass");
        }
        if (one.target_edge <= Bps{0}) return refuse("target_edge_bps must be above zero");
        if (one.edge_drift <= Bps{0}) return refuse("edge_drift_bps must be above zero");
        if (one.refresh_age <= Duration{0}) return refuse("refresh_age_ms must be above zero");
        const auto uses = std::ranges::count_if(
            draft.xemm, [&](const XemmConfig& other) { return other.group == one.group; });
        if (uses > 1) return refuse("its group serves two strategies");
    }
    return draft;
}

} // namespace keel::strategy

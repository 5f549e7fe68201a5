#include "audit/violation.hpp"

#include <utility>

namespace keel::audit {

std::string_view to_string(Rule rule) {
    switch (rule) {
    case Rule::ExposureWithinLimit: return "exposure_within_limit";
    case Rule::HedgeNotAboveOwed: return "hedge_not_above_owed";
    case Rule::HedgeNeverFlips: return "hedge_never_flips";
    case Rule::HedgedWithinBound: return "hedged_within_bound";
    case Rule::NoTwoLiveForOneIntent: return "no_two_live_for_one_intent";
    case Rule::NoResendOfClOrdID: return "no_resend_of_cl_ord_id";
    case Rule::NothingAfterLease: return "nothing_after_lease";
    case Rule::OrderQtyLimit: return "order_qty_limit";
    case Rule::OrderNotionalLimit: return "order_notional_limit";
    case Rule::PositionNotionalLimit: return "position_notional_limit";
    case Rule::PriceCollar: return "price_collar";
    case Rule::OrderRateLimit: return "order_rate_limit";
    case Rule::NotionalPerMinute: return "notional_per_minute";
    case Rule::OpenOrdersLimit: return "open_orders_limit";
    case Rule::MakerOnlyNeverTakes: return "maker_only_never_takes";
    case Rule::ReduceOnlyNeverOpens: return "reduce_only_never_opens";
    case Rule::NoOverfill: return "no_overfill";
    case Rule::FillsHaveIntents: return "fills_have_intents";
    case Rule::ExpiredNotAccepted: return "expired_request_not_accepted";
    case Rule::EquityAddsUp: return "equity_adds_up";
    case Rule::PositionAddsUp: return "position_adds_up";
    case Rule::DeskAgreesWithVenue: return "desk_agrees_with_venue";
    case Rule::TruthInsideInterval: return "truth_inside_interval";
    case Rule::EndsFlat: return "ends_flat";
    case Rule::ResidueWithinBound: return "residue_within_bound";
    case Rule::ProtectedWithinBound: return "protected_within_bound";
    case Rule::NoNeedlessProtection: return "no_needless_protection";
    case Rule::NoGhost: return "no_ghost";
    case Rule::NoDuplicateClose: return "no_duplicate_close";
    case Rule::NoSizeError: return "no_size_error";
    case Rule::SellsSettledStock: return "sells_settled_stock";
    case Rule::BeatsBeforeOrders: return "heartbeat_before_first_order";
    }
    std::unreachable();
}

void ViolationLog::add(Rule rule, Timestamp at, std::string text) {
    ++count_;
    ++by_rule_[static_cast<std::size_t>(rule)];
    if (wants_text()) kept_.push_back({rule, at, std::move(text)});
}

} // namespace keel::audit

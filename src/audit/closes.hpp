#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "audit/config.hpp"
#include "audit/equity.hpp"
#include "audit/orders.hpp"
#include "audit/violation.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::audit {

// Orders that take a position down at once, and the sizes of all orders. Rules: no_duplicate_close,
// no_size_error.
//
// An execution of which the desk was not told is nobody's mistake: a desk may take a position for
// what it was before, so it is held to the most, or the least, that it may believe in. But it may
// not take an order for over of which nobody told it so.
class CloseRules {
public:
    CloseRules(const AuditorConfig& config, OrderLedger& orders, const EquityRules& equity,
               ViolationLog& log);
    // What a copy looks at instead of what its original looked at.
    void look_at(OrderLedger& orders, const EquityRules& equity, ViolationLog& log) {
        orders_ = &orders;
        equity_ = &equity;
        log_ = &log;
    }

    // The desk sends it; the ledger does not have it yet.
    void on_new_order(const NewOrderSingle& order, Timestamp now);
    // `is_news`: an execution that was not told before.
    void on_heard(const ExecutionReport& report, bool is_news);
    void on_heard(const RequestAnswer& answer);
    // It may yet be asked what became of this order.
    [[nodiscard]] bool wants(ClOrdID cl_ord_id) const {
        return std::ranges::find(closes_, cl_ord_id, &Close::cl_ord_id) != closes_.end();
    }

private:
    // A close, until the desk has evidence that nothing more comes of it.
    struct Close {
        ClOrdID cl_ord_id;
        OrderID order_id; // once it was told
        InstrumentIx instrument;
        Side side = Side::Buy;
        PositionSide position_side = PositionSide::Net;
        Lots told; // executed, as told
        bool is_end_told = false;
    };
    // It takes at once, and towards flat: as reduce-only, or, where nothing is hedged, against what
    // the desk must know to be held.
    [[nodiscard]] bool is_close(const NewOrderSingle& order, Timestamp now) const;
    [[nodiscard]] Lots known_cum(const Close& close, const SentOrder& order) const;
    [[nodiscard]] bool is_over(const Close& close, Timestamp now) const;
    void check_duplicate(const NewOrderSingle& order, Timestamp now);
    void check_venue_size(const NewOrderSingle& order, Lots least, Timestamp now);
    void check_size(const NewOrderSingle& order, Timestamp now);

    const AuditorConfig* config_; // shared by all copies
    OrderLedger* orders_;
    const EquityRules* equity_;
    ViolationLog* log_;
    std::vector<bool> is_grouped_;   // by instrument
    std::vector<bool> is_first_leg_; // of a pair
    std::vector<Worth> worths_;
    std::vector<Close> closes_; // few: a desk sends one after the other
};

} // namespace keel::audit

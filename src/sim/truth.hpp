#pragma once

#include "base/time.hpp"
#include "model/types.hpp"
#include "sim/outside.hpp"

// What truly happened at a venue, for whoever judges a desk. No desk sees it.

namespace keel::sim {

// One execution as it truly happened: of an order of ours, or of what somebody else did with the
// account. For auditors only.
struct TrueFill {
    Timestamp at;      // our clock (the scheduler's time)
    ClOrdID cl_ord_id; // none: it is not ours
    OrderID order_id;  // as it is told, and so is the next
    ExecID exec_id;
    InstrumentIx instrument;
    AccountIx account;
    Side side = Side::Buy;
    PositionSide position_side = PositionSide::Net; // whose position it moved
    bool is_maker = false;
    Ticks px;
    Lots qty;
    Money fee;
    bool is_ours = true;
    bool is_told = true;           // the venue tells it as a fill; else the position alone shows it
    OrdKind kind = OrdKind::Limit; // Merge, Redeem: nobody traded, and there is no fee
    bool is_taken_back = false;    // it was told before, and has failed to settle
    bool rests_again = false;      // of that: its quantity is back in the book
    OutsideAct::Kind outside = OutsideAct::Kind::Manual; // who made it, if it is not ours
};

struct TrueOrder { // what the venue's own book says of one of our orders
    ClOrdID cl_ord_id;
    InstrumentIx instrument;
    Side side = Side::Buy;
    PositionSide position_side = PositionSide::Net;
    Ticks px;
    Lots qty;
    Lots cum_qty;
    Lots returned; // executed beside, before it failed to settle and came back to the book
    bool is_open = false;
    bool reduce_only = false;  // in hedge mode: it takes its position down
    Ticks trigger_px;          // of a stop, whether it waits or was triggered; none: it is no stop
    bool was_rejected = false; // it never rested
};

} // namespace keel::sim

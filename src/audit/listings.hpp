#pragma once

#include <cstdint>
#include <vector>

#include "audit/books.hpp"
#include "audit/config.hpp"
#include "audit/equity.hpp"
#include "audit/orders.hpp"
#include "audit/violation.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::audit {

// What venues of binary markets want of who trades there. Rules: sells_settled_stock,
// heartbeat_before_first_order.
//
// A sale is held against the venue's own book as it, or an amend of it, leaves: what is held and
// confirmed there, and what all sales under way may take of it, this one among them. A desk that
// sells only what it was told of as confirmed is always within that, however late it hears: what is
// confirmed stays so, and every sale is known to who sent it. Only what others sold by hand it may
// not know yet.
class ListingRules {
public:
    ListingRules(const AuditorConfig& config, OrderLedger& orders, const EquityRules& equity,
                 const Books& books, ViolationLog& log)
        : config_(&config), orders_(&orders), equity_(&equity), books_(&books), log_(&log),
          accounts_(config.accounts.size()) {}
    // What a copy looks at instead of what its original looked at.
    void look_at(OrderLedger& orders, const EquityRules& equity, const Books& books,
                 ViolationLog& log) {
        orders_ = &orders;
        equity_ = &equity;
        books_ = &books;
        log_ = &log;
    }

    // After it was added to the ledger.
    void on_new_order(const NewOrderSingle& order, bool is_new_risk, Timestamp now);
    void on_amend(const OrderCancelReplaceRequest& amend, Side side, Timestamp now) {
        check_stock(amend.instrument, side, amend.cl_ord_id, now);
    }
    void on_heard(const RequestAnswer& answer);
    void on_lease(const LeaseGrant& grant); // another epoch is another life

private:
    struct Life {
        std::uint32_t epoch = 0;
        bool was_heard = false; // the venue has accepted a heartbeat of this life
    };
    void check_stock(InstrumentIx ix, Side side, ClOrdID id, Timestamp now);

    const AuditorConfig* config_; // shared by all copies
    OrderLedger* orders_;
    const EquityRules* equity_;
    const Books* books_;
    ViolationLog* log_;
    std::vector<Life> accounts_;
};

} // namespace keel::audit

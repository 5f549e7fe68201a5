#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "audit/books.hpp"
#include "audit/closes.hpp"
#include "audit/config.hpp"
#include "audit/equity.hpp"
#include "audit/exposure.hpp"
#include "audit/limits.hpp"
#include "audit/listings.hpp"
#include "audit/orders.hpp"
#include "audit/pairs.hpp"
#include "audit/protection.hpp"
#include "audit/violation.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::audit {

// What the desk believes when it says that it has settled, as plain numbers.
struct DeskBelief {
    // By instrument and PositionSide.
    std::vector<std::array<Lots, position_side_count>> positions;
    std::vector<std::uint32_t> open_orders; // by account
};

// What truly happened, counted.
struct Tally {
    struct Fills {
        std::uint64_t maker = 0; // of orders that rested, and were no hedges
        std::uint64_t hedge = 0; // by orders that left as hedges
        std::uint64_t other = 0; // that took, and were no hedges: entries, completions, closes
    };
    Fills fills;
    std::vector<Fills> by_group;
    std::uint64_t outside = 0; // executions that are not ours
    std::uint64_t orders_sent = 0;
    std::uint64_t hedges_sent = 0;
    std::uint64_t cancels_sent = 0;
    std::uint64_t fills_while_cancel_pending = 0;
    std::uint64_t hedges_partly_filled = 0;
};

// Watches a desk from outside. It knows the venues' books and what the desk sent; it shares no code
// with the engine and has its own arithmetic. Whoever runs the desk calls it at each of these
// moments; between them it costs nothing. A value: a copy goes on by itself from what it has seen.
class Auditor {
public:
    // `books` must outlive it and may not move, or look_at() says where they are now.
    Auditor(AuditorConfig config, const Books& books);
    Auditor(const Auditor& other);
    Auditor& operator=(const Auditor& other);
    ~Auditor() = default;
    // A copied world has books of its own.
    void look_at(const Books& books);

    // A lease was granted to the desk, or renewed.
    void on_lease(const LeaseGrant& grant) {
        limits_.on_lease(grant);
        listings_.on_lease(grant);
    }
    // The desk sent this; it has not reached the venue yet.
    void on_command(const CommandBody& command, Timestamp now);
    // A venue executed an order of ours, or somebody else traded for the account, just now.
    void on_fill(const sim::TrueFill& fill);
    // A venue settled the funding of an instrument, just now and after what it executed.
    void on_funding(const sim::TrueFunding& funding) { equity_.on_funding(funding); }
    // A venue's best bid and offer moved.
    void on_quote(InstrumentIx instrument, Ticks bid, Ticks ask, Timestamp now) {
        limits_.on_quote(instrument, bid, ask, now);
    }
    // A venue told the desk this. Executions are what the desk has to know from here on; ends and
    // refusals only spare a look into the venue's book.
    void on_heard(const EventBody& body) {
        orders_.on_heard(body);
        if (const auto* report = std::get_if<ExecutionReport>(&body)) {
            closes_.on_heard(*report, equity_.on_told(*report));
        }
        if (const auto* answer = std::get_if<RequestAnswer>(&body)) {
            closes_.on_heard(*answer);
            listings_.on_heard(*answer);
        }
        if (const auto* signal = std::get_if<Signal>(&body)) equity_.on_told(*signal);
    }
    // The desk believes this about its position, and has taken in all that it heard.
    void on_belief(InstrumentIx instrument, PositionSide side, const PositionBelief& belief,
                   Timestamp now) {
        equity_.on_belief(instrument, side, belief, now);
    }
    // Time has passed. Cheap, so call it at every event.
    void on_time(Timestamp now) {
        orders_.on_time(now);
        protection_.on_event(now);
        if (now >= next_books_) [[unlikely]]
            check_books(now);
    }
    // The desk says that it has settled.
    void at_end(const DeskBelief& belief, Timestamp now);
    // The run stops without that: nothing is flat, but what happened still has to add up.
    void at_stop(Timestamp now);

    [[nodiscard]] const ViolationLog& log() const { return log_; }
    [[nodiscard]] const ExposureRules& exposure() const { return exposure_; }
    [[nodiscard]] const ProtectionRules& protection() const { return protection_; }
    [[nodiscard]] const PairTallies& pairs() const { return pairs_; }
    [[nodiscard]] const EquityRules& equity() const { return equity_; }
    [[nodiscard]] const AuditorConfig& config() const { return *config_; }
    [[nodiscard]] Tally tally() const;
    [[nodiscard]] const OrderLedger& orders() const { return orders_; }

private:
    void on_new_order(const NewOrderSingle& order, Timestamp now);
    void on_amend(const OrderCancelReplaceRequest& amend, Timestamp now);
    void on_failure(const sim::TrueFill& fill);
    void check_live_quotes(const NewOrderSingle& order, bool is_hedge, Timestamp now);
    void check_open_orders(const NewOrderSingle& order, Timestamp now);
    void check_books(Timestamp now);
    void forget(Timestamp now);
    [[nodiscard]] bool is_residue(InstrumentIx instrument, Lots held) const;
    void check_position_at_end(InstrumentIx instrument, PositionSide side, const DeskBelief& belief,
                               Timestamp now);

    std::shared_ptr<const AuditorConfig> config_;
    const Books* books_;
    ViolationLog log_;
    LimitRules limits_;
    OrderLedger orders_;
    ExposureRules exposure_;
    EquityRules equity_;
    ProtectionRules protection_;
    CloseRules closes_;
    ListingRules listings_;
    PairTallies pairs_;
    Tally tally_;
    Timestamp next_books_;
    Timestamp next_forget_;
};

} // namespace keel::audit

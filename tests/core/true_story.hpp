#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/rng.hpp"
#include "tests/core/one_order.hpp"

// What really happened to an order at a venue, and everything that the venue says about it. The
// engine is told this in whatever order, as often or as seldom as a test likes.

namespace keel::core::facts {

// How this venue speaks; drawn once per story.
struct Tongue {
    Dialect dialect;
    bool versions = true; // claims and ends carry one
    bool net = true;      // cumulative quantities are told less what was busted
    bool cum_on_trades = false;
    bool silent_ids = false; // some reports do not name the venue's order id
};
[[nodiscard]] Tongue draw_tongue(Rng& rng);

class TrueStory {
public:
    TrueStory(const Tongue& tongue, const ExecutionReport& named, Lots qty, Rng& rng);

    // The venue has it: told at once, as nobody amends what he does not know to rest.
    [[nodiscard]] ExecutionReport acked();
    // Things happen until the request for an amend arrives, or, without one, until the end.
    void live();
    // The amend takes effect, or comes too late; more happens after it.
    void amend(const OrderCancelReplaceRequest& asked);

    [[nodiscard]] const std::vector<EventBody>& said() const { return said_; }
    // What reads past the end show: every leg as it stands, and all fills.
    [[nodiscard]] std::vector<ExecutionReport> read_order() const;
    [[nodiscard]] std::vector<ExecutionReport> read_fills() const;
    [[nodiscard]] ClOrdID id() const { return named_.cl_ord_id; }

    // --- the truth ---
    [[nodiscard]] OrdStatus status() const;
    [[nodiscard]] bool is_over() const;
    [[nodiscard]] Lots cum() const;    // busts taken off
    [[nodiscard]] Lots leaves() const; // of legs that rest
    [[nodiscard]] Lots busted() const;
    [[nodiscard]] Lots trailing() const; // what a replaced leg might still have told, unvouched
    [[nodiscard]] bool is_amended() const { return amended_; }
    [[nodiscard]] std::string text() const;

private:
    struct Fill {
        std::uint64_t exec = 0;
        std::size_t leg = 0;
        Lots qty;
        bool busted = false;
    };
    struct Leg {
        Lots qty;
        Lots gross;
        Lots busted;
        Lots reduced;
        std::uint64_t version = 0;
        ExecType end = ExecType::New; // New: it rests
        Ticks px;
    };
    [[nodiscard]] ExecutionReport report(ExecType type, std::size_t leg) const;
    [[nodiscard]] Lots told_cum(const Leg& leg) const;
    void say(ExecutionReport r);
    void claim(std::size_t leg);
    void trade();
    void bust();
    void reduce();
    void end(std::size_t leg, ExecType type);

    Tongue tongue_;
    ExecutionReport named_;
    Lots qty_;
    Rng& rng_;
    std::vector<Leg> legs_;
    std::vector<Fill> fills_;
    std::vector<EventBody> said_;
    bool amended_ = false;
};

} // namespace keel::core::facts

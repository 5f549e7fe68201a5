#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/engine.hpp"

// An engine with one account and no guard in the way: what is tested is what it makes of facts.

namespace keel::core::facts {

struct Dialect {
    AmendQty amend_qty = AmendQty::Total;
    bool keeps_id = true; // an amend keeps the venue's order id
    bool vouches = true;  // ends carry the final quantity
};

constexpr AccountIx account{0};
constexpr InstrumentIx instrument{0};
constexpr Ticks px{100};

// What is believed at the end, without regard to how it was learned.
struct Belief {
    OrdStatus status = OrdStatus::PendingNew;
    std::uint8_t asked = 0;
    bool over = false;
    bool settled = false;
    bool alarmed = false;
    std::uint8_t contradictions = 0; // in the evidence as it stands, a set
    Lots cum;
    Lots qty;
    Ticks px;
    Lots filled;  // of the position
    Lots certain; // told, fills not here: contributed to the position's claims
    Lots open;    // may still happen
    bool operator==(const Belief&) const = default;
};
[[nodiscard]] std::string to_string(const Belief& belief);

class OneOrder {
public:
    explicit OneOrder(const Dialect& dialect);

    // A fresh buy (or sell) of `qty`, sent and unanswered.
    ClOrdID submit(Lots qty, Side side = Side::Buy);
    bool amend(Ticks to, Lots total);
    void cancel();

    void tell(const EventBody& body);
    void pass(Duration span) { now_ = now_ + span; }
    [[nodiscard]] Timestamp now() const { return now_; }

    // The state, to come back to.
    struct Mark {
        std::size_t undo = 0;
        std::uint64_t seq = 0;
        Timestamp now;
    };
    [[nodiscard]] Mark mark();
    void back_to(const Mark& mark);

    [[nodiscard]] Belief belief() const;
    [[nodiscard]] ExecutionReport report(ExecType type, std::uint64_t leg = 1) const;
    [[nodiscard]] ClOrdID id() const { return id_; }
    [[nodiscard]] const Engine& engine() const { return engine_; }
    [[nodiscard]] const std::vector<CommandBody>& sent() const { return sent_; }
    void forget_sent() { sent_.clear(); }

private:
    OneOrder(const Dialect& dialect, StoreLayout layout);
    void take();

    Engine engine_;
    Commands out_;
    std::vector<CommandBody> sent_;
    std::uint64_t seq_ = 0;
    Timestamp now_{seconds(1'000).value()};
    ClOrdID id_;
    Side side_ = Side::Buy;
    bool alarmed_ = false;
};

} // namespace keel::core::facts

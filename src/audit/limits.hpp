#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "audit/arithmetic.hpp"
#include "audit/config.hpp"
#include "audit/violation.hpp"
#include "model/command.hpp"
#include "model/event.hpp"

namespace keel::audit {

// Prices that an instrument's market truly had in the last seconds: lowest and highest mid, twice
// the mid so that half ticks stay exact. A desk hears them later than they happen, so a price is
// inside its collar if any of them allows it.
class MarkMemory {
public:
    void on_quote(Ticks bid, Ticks ask, Timestamp now) {
        if (bid > Ticks{0}) bid_ = bid; // where nobody stands, the last price stays the mark
        if (ask > Ticks{0}) ask_ = ask;
        const std::int64_t mid2 = twice_mid();
        if (mid2 == 0) return;
        const std::int64_t second = now.ns() / 1'000'000'000;
        Bucket& bucket = buckets_[static_cast<std::size_t>(second) % buckets_.size()];
        if (bucket.second != second) bucket = {second, mid2, mid2};
        if (mid2 < bucket.low) bucket.low = mid2;
        if (mid2 > bucket.high) bucket.high = mid2;
    }
    struct Range {
        std::int64_t low = 0; // 0: no market yet
        std::int64_t high = 0;
    };
    [[nodiscard]] Range since(Timestamp from, Timestamp now) const;
    [[nodiscard]] Ticks bid() const { return bid_; }
    [[nodiscard]] std::int64_t twice_mid() const { // 0: no market yet
        return bid_ == Ticks{0} || ask_ == Ticks{0} ? 0 : (bid_ + ask_).value();
    }

private:
    struct Bucket {
        std::int64_t second = -1;
        std::int64_t low = 0;
        std::int64_t high = 0;
    };
    std::array<Bucket, 16> buckets_{};
    Ticks bid_;
    Ticks ask_;
};

// The named limits, counted a second time. The price collar binds every order. The others bind new
// risk: a hedge and a reduce-only order may pass them (law 5; what bounds these is what is owed or
// held), so they are not counted either. An amend that asks for more, or for another price, is
// held to them as the order that it makes.
class LimitRules {
public:
    LimitRules(const AuditorConfig& config, ViolationLog& log);
    // What a copy writes to instead of what its original wrote to.
    void write_to(ViolationLog& log) { log_ = &log; }

    void on_quote(InstrumentIx instrument, Ticks bid, Ticks ask, Timestamp now) {
        marks_[instrument.value()].on_quote(bid, ask, now);
    }
    void on_lease(const LeaseGrant& grant);
    // Something signed leaves for this account.
    void on_signed(AccountIx account, Timestamp valid_until, std::string_view what, Timestamp now);
    void on_new_order(const NewOrderSingle& order, bool is_new_risk, Lots position, Timestamp now);
    // `adds`: what may execute after it, where that is new risk; zero where it only asks for less.
    void on_amend(const OrderCancelReplaceRequest& amend, Side side, Lots adds, Lots position,
                  Timestamp now);

    [[nodiscard]] const MarkMemory& marks(InstrumentIx instrument) const {
        return marks_[instrument.value()];
    }
    [[nodiscard]] const Worth& worth(InstrumentIx instrument) const {
        return worths_[instrument.value()];
    }

private:
    struct Sent {
        Timestamp at;
        std::int64_t notional = 0;
    };
    struct AccountState {
        std::uint32_t epoch = 0;
        Timestamp lease_until{-1};
        std::deque<Sent> last_minute;
        std::size_t last_second_from = 0; // first entry of last_minute inside the last second
        std::int64_t minute_notional = 0;
    };
    void check_size(InstrumentIx instrument, Ticks px, Lots qty, Timestamp now);
    void check_protection(const NewOrderSingle& order, Timestamp now);
    void check_collar(InstrumentIx instrument, Ticks px, Timestamp now);
    void check_position(InstrumentIx instrument, Side side, Lots qty, Lots position, Timestamp now);
    void check_flow(AccountIx account, std::int64_t notional, Timestamp now);

    const AuditorConfig* config_; // shared by all copies
    ViolationLog* log_;
    std::vector<MarkMemory> marks_;
    std::vector<Worth> worths_;
    std::vector<AccountState> accounts_;
};

} // namespace keel::audit

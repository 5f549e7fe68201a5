#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/rng.hpp"
#include "world/world.hpp"

// One pair, BTC, quoted at one venue and hedged at another, in a small wild market.

namespace keel::world::test {

// A price that walks on a grid of 100 ms, told as quotes and prints; another venue's walk has the
// same path under a basis of its own that swings to and fro.
class WildFeed {
public:
    // Ends at `until`.
    WildFeed(InstrumentIx instrument, std::uint64_t seed, std::int64_t basis_ticks, Timestamp start,
             Timestamp until);
    [[nodiscard]] Timestamp next_at() const { return at_ < until_ ? at_ : never; }
    [[nodiscard]] sim::Venue::MarketMove next();

private:
    InstrumentIx instrument_;
    Rng walk_;  // shared by all venues of a seed
    Rng basis_; // this venue's own
    std::int64_t basis_max_;
    std::int64_t basis_now_ = 0;
    Timestamp at_;
    Timestamp until_;
    std::int64_t mid_ = 60'000;
    std::uint64_t moves_ = 0;
};

// Both outcomes of a binary market at one venue, the second the mirror of the first: the value
// walks in ticks of a thousandth, and both are told on steps of ten.
class BinaryFeed {
public:
    BinaryFeed(std::uint64_t seed, Timestamp start, Timestamp until)
        : walk_(Rng{seed}.fork(1)), at_(start), until_(until) {}
    [[nodiscard]] Timestamp next_at() const { return at_ < until_ ? at_ : never; }
    [[nodiscard]] sim::Venue::MarketMove next();

private:
    Rng walk_;
    Timestamp at_;
    Timestamp until_;
    std::int64_t value_ = 500;
    sim::Venue::MarketMove first_; // that the second mirrors next
    bool mirrors_ = false;
    std::uint64_t moves_ = 0;
};

struct SmallWorld {
    WorldConfig config;
    bool is_binary = false; // one venue, with a BinaryFeed
    [[nodiscard]] std::vector<MarketFeed> feeds() const;
};
// `faults`: calm, rough, harsh or beyond.
SmallWorld small_world(std::string_view faults, std::uint64_t seed,
                       Duration duration = seconds(300));

// The same market at one venue, where signals open positions that have their stops.
SmallWorld bracket_world(std::string_view faults, std::uint64_t seed,
                         Duration duration = seconds(300));

// A ladder on both outcomes of a binary market.
SmallWorld quoter_world(std::string_view faults, std::uint64_t seed,
                        Duration duration = seconds(300));

// Every broken rule with its text.
std::string told(const RunResult& result);

} // namespace keel::world::test

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "base/rng.hpp"
#include "model/event.hpp"
#include "model/instrument.hpp"
#include "sim/venue.hpp"

// Where a desk's signals come from (docs/signals.md). Each source is a value: a copy goes on alone,
// and tells the same. Chance comes from its seed, and prices are those that the market shows.

namespace keel::world {

struct TimedSignal {
    Timestamp at;
    Signal signal;
};

// The rows of a file, each at its time, in order of time.
class SignalReplay {
public:
    explicit SignalReplay(std::vector<TimedSignal> rows)
        : rows_(std::make_shared<const std::vector<TimedSignal>>(std::move(rows))) {}
    [[nodiscard]] Timestamp next_at() const {
        return next_ < rows_->size() ? (*rows_)[next_].at : never;
    }
    [[nodiscard]] std::optional<Signal> next() { return (*rows_)[next_++].signal; }
    void on_quote(const sim::Venue::MarketMove& /*move*/, Timestamp /*now*/) {}

private:
    std::shared_ptr<const std::vector<TimedSignal>> rows_; // never changes: shared by all copies
    std::size_t next_ = 0;
};

// The mid of an instrument, as its venue's market shows it.
class Mid {
public:
    explicit Mid(InstrumentIx of) : of_(of) {}
    // False: the quote is of another instrument.
    bool on_quote(const sim::Venue::MarketMove& move);
    // In half ticks; 0: there is none, as nothing was quoted yet, or nobody stands on a side.
    [[nodiscard]] std::int64_t twice() const { return twice_; }

private:
    InstrumentIx of_;
    std::int64_t twice_ = 0;
};

// What the built-ins that tell targets have in common.
struct TargetTerms {
    InstrumentIx instrument;
    Instrument spec;
    Lots qty; // of a position, long or short
    Duration valid_for;
    Bps stop; // from the mid at the signal; zero: none
    Bps limit;
};

// Long, flat or short, drawn every so often. Where stop or limit are asked for and there is no mid,
// it says nothing that time.
class RandomTargets {
public:
    RandomTargets(TargetTerms terms, Duration every, std::uint64_t seed, Timestamp start);
    [[nodiscard]] Timestamp next_at() const { return at_; }
    [[nodiscard]] std::optional<Signal> next();
    void on_quote(const sim::Venue::MarketMove& move, Timestamp /*now*/) { mid_.on_quote(move); }

private:
    TargetTerms terms_;
    Duration every_;
    Rng rng_;
    Mid mid_;
    Timestamp at_;
    std::uint64_t id_ = 0;
};

// Long when the mid is above all mids of the time before, short when it is below them. A direction
// is told again only once what it last told is no longer valid.
class Breakout {
public:
    Breakout(TargetTerms terms, Duration lookback);
    [[nodiscard]] Timestamp next_at() const { return due_ ? due_->at : never; }
    [[nodiscard]] std::optional<Signal> next();
    void on_quote(const sim::Venue::MarketMove& move, Timestamp now);

private:
    struct Seen {
        Timestamp at;
        std::int64_t twice = 0;
    };
    void look_back(Timestamp now);
    void remember(const Seen& seen);

    TargetTerms terms_;
    Duration lookback_;
    Mid mid_;
    Timestamp since_{never}; // it has watched from here on
    // Of the time looked back on: the highest mid and those that will be, and the lowest.
    std::deque<Seen> highest_;
    std::deque<Seen> lowest_;
    std::optional<TimedSignal> due_;
    std::uint64_t id_ = 0;
    std::int64_t direction_ = 0; // of the last one: 1 long, -1 short
    Timestamp valid_until_;
};

// The mid of an instrument as the fair value of another, or of itself. Without a mid it says
// nothing.
class MidValue {
public:
    struct Terms {
        InstrumentIx instrument; // whose value is told
        InstrumentIx of;         // whose mid it is
        Decimal tick;            // of that one
        Duration every;
        Duration valid_for;
        Bps noise; // at most so much up or down
    };
    MidValue(Terms terms, std::uint64_t seed, Timestamp start);
    [[nodiscard]] Timestamp next_at() const { return at_; }
    [[nodiscard]] std::optional<Signal> next();
    void on_quote(const sim::Venue::MarketMove& move, Timestamp /*now*/) { mid_.on_quote(move); }

private:
    Terms terms_;
    Rng rng_;
    Mid mid_;
    Timestamp at_;
    std::uint64_t id_ = 0;
};

// Requests to close, now and then. Some are told twice, and after some another one comes, with a
// number of its own: whoever asks does not know what others ask.
class RandomCloses {
public:
    struct Terms {
        InstrumentIx instrument;
        std::int64_t per_hour = 1;
        std::uint32_t twice_percent = 0;
        std::uint32_t again_percent = 0;
        Duration valid_for;
    };
    RandomCloses(const Terms& terms, std::uint64_t seed, Timestamp start);
    [[nodiscard]] Timestamp next_at() const {
        return earlier(ask_at_, earlier(twice_at_, again_at_));
    }
    [[nodiscard]] std::optional<Signal> next();
    void on_quote(const sim::Venue::MarketMove& /*move*/, Timestamp /*now*/) {}

private:
    [[nodiscard]] Signal ask(Timestamp at);
    [[nodiscard]] Timestamp soon_after(Timestamp at);

    Terms terms_;
    Rng rng_;
    Timestamp ask_at_;
    Timestamp twice_at_{never}; // the last one is told once more
    Timestamp again_at_{never}; // somebody else asks
    Signal last_;
};

class SignalSource {
public:
    using Any = std::variant<SignalReplay, RandomTargets, Breakout, MidValue, RandomCloses>;
    explicit SignalSource(Any any) : any_(std::move(any)) {}

    // When the next signal comes; `never`: none, unless the market moves. Time never goes back.
    [[nodiscard]] Timestamp next_at() const;
    // The signal that comes at next_at(), or nothing, if there is nothing to say then.
    [[nodiscard]] std::optional<Signal> next();
    // A market has moved to this quote.
    void on_quote(const sim::Venue::MarketMove& move, Timestamp now);

private:
    Any any_;
};

} // namespace keel::world

#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "model/instrument.hpp"
#include "sim/market/market.hpp"
#include "sim/venue.hpp"
#include "world/binary_map.hpp"

namespace keel::world {

// What can be the market of a venue: moves in the instruments' own ticks and lots.
template <class F>
concept Feed = std::copyable<F> && requires(F feed, const F& fixed) {
    // When the next move comes; `never` at the end. Time never goes back.
    { fixed.next_at() } -> std::same_as<Timestamp>;
    // The move that comes at next_at().
    { feed.next() } -> std::same_as<sim::Venue::MarketMove>;
};

// Any feed, as one value: a copy continues on its own and gives the same moves.
class MarketFeed {
public:
    MarketFeed() = default; // no market at all
    // (In this order: whether a MarketFeed is copyable is not asked while it is being answered.)
    template <class F>
        requires(!std::same_as<F, MarketFeed>) && Feed<F>
    explicit MarketFeed(F feed) : feed_(std::make_unique<Holder<F>>(std::move(feed))) {}
    MarketFeed(const MarketFeed& other) : feed_(other.feed_ ? other.feed_->copy() : nullptr) {}
    MarketFeed& operator=(const MarketFeed& other) {
        if (this != &other) feed_ = other.feed_ ? other.feed_->copy() : nullptr;
        return *this;
    }
    MarketFeed(MarketFeed&&) noexcept = default;
    MarketFeed& operator=(MarketFeed&&) noexcept = default;
    ~MarketFeed() = default;

    [[nodiscard]] Timestamp next_at() const { return feed_ ? feed_->next_at() : never; }
    [[nodiscard]] sim::Venue::MarketMove next() { return feed_->next(); }

private:
    struct Held {
        virtual ~Held() = default;
        [[nodiscard]] virtual Timestamp next_at() const = 0;
        [[nodiscard]] virtual sim::Venue::MarketMove next() = 0;
        [[nodiscard]] virtual std::unique_ptr<Held> copy() const = 0;
    };
    template <Feed F> struct Holder final : Held {
        explicit Holder(F held) : feed(std::move(held)) {}
        [[nodiscard]] Timestamp next_at() const override { return feed.next_at(); }
        [[nodiscard]] sim::Venue::MarketMove next() override { return feed.next(); }
        [[nodiscard]] std::unique_ptr<Held> copy() const override {
            return std::make_unique<Holder>(feed);
        }
        F feed;
    };
    std::unique_ptr<Held> feed_;
};

// From a market's 1e-8 units to an instrument's ticks and lots. A bid and what a seller took are
// rounded down, an offer and what a buyer took up, to a price the venue allows: a book never
// becomes narrower than it was. Quantities are rounded down, but something stays at least one lot.
class UnitConverter {
public:
    // `instrument` has passed make_instrument().
    explicit UnitConverter(InstrumentIx ix, const Instrument& instrument);
    [[nodiscard]] sim::Venue::MarketMove move(const sim::MarketUpdate& update) const;

private:
    struct Scale { // of a count: value_e8 x top / bottom
        std::int64_t top = 1;
        std::int64_t bottom = 1;
    };
    [[nodiscard]] static Scale scale_of(Decimal unit);
    [[nodiscard]] Ticks ticks(std::int64_t px_e8, Rounding rounding) const;
    [[nodiscard]] Lots lots(std::int64_t qty_e8) const;

    InstrumentIx ix_;
    Instrument instrument_;
    Scale px_;
    Scale qty_;
};

// Which stream of a market drives which instrument.
struct StreamTarget {
    std::uint32_t stream = 0;
    InstrumentIx instrument;
    Instrument spec;
    BinaryTerms binary = {}; // if it is an outcome
};

// What an update of the stream is to one instrument.
class Follower {
public:
    explicit Follower(const StreamTarget& target)
        : units_(target.instrument, target.spec),
          binary_(target.binary.is_some()
                      ? std::optional<BinaryMap>{BinaryMap{target.instrument, target.spec.lot_size,
                                                           target.binary}}
                      : std::nullopt) {}
    [[nodiscard]] sim::Venue::MarketMove move(const sim::MarketUpdate& update) const {
        return binary_ ? binary_->move(update) : units_.move(update);
    }

private:
    UnitConverter units_;
    std::optional<BinaryMap> binary_;
};

// A market source (sim/market) as a feed: a stream that nobody wants is skipped, one that several
// instruments follow moves them in the order of `targets`. Its times count from `start`.
template <sim::MarketSource Source> class SourceFeed {
public:
    SourceFeed(Source source, const std::vector<StreamTarget>& targets, Timestamp start)
        : source_(std::move(source)), start_(start - Timestamp{}) {
        Followers by_stream(sim::market_streams_max);
        for (const StreamTarget& target : targets) {
            by_stream.at(target.stream).emplace_back(target);
        }
        by_stream_ = std::make_shared<const Followers>(std::move(by_stream));
        advance();
    }

    [[nodiscard]] Timestamp next_at() const { return at_; }
    [[nodiscard]] sim::Venue::MarketMove next() {
        const std::vector<Follower>& followers = (*by_stream_)[ahead_.stream];
        const sim::Venue::MarketMove out = followers[follower_].move(ahead_);
        if (++follower_ == followers.size()) advance();
        return out;
    }

private:
    using Followers = std::vector<std::vector<Follower>>;
    void advance() {
        follower_ = 0;
        for (;;) {
            const auto update = source_.next();
            if (!update) {
                at_ = never;
                return;
            }
            if ((*by_stream_)[update->stream].empty()) continue;
            ahead_ = *update;
            at_ = ahead_.at + start_;
            return;
        }
    }

    Source source_;
    Duration start_;
    std::shared_ptr<const Followers> by_stream_; // never changes: shared by all copies
    sim::MarketUpdate ahead_;
    Timestamp at_{never};
    std::size_t follower_ = 0;
};

template <sim::MarketSource Source>
[[nodiscard]] MarketFeed make_feed(Source source, const std::vector<StreamTarget>& targets,
                                   Timestamp start) {
    return MarketFeed{SourceFeed<Source>{std::move(source), targets, start}};
}

} // namespace keel::world

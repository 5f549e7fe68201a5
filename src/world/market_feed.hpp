#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/instrument.hpp"
#include "sim/market/market.hpp"
#include "sim/venue.hpp"

namespace keel::world {

// The market of one venue as its matching needs it: moves in the instruments' own ticks and lots.
class MarketFeed {
public:
    virtual ~MarketFeed() = default;
    // When the next move comes; `never` at the end. Time never goes back.
    [[nodiscard]] virtual Timestamp next_at() const = 0;
    // The move that comes at next_at().
    [[nodiscard]] virtual sim::Venue::MarketMove next() = 0;

protected:
    MarketFeed() = default;
    MarketFeed(const MarketFeed&) = default;
    MarketFeed& operator=(const MarketFeed&) = default;
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
};

// A market source (sim/market) as a feed: a stream that nobody wants is skipped, one that several
// instruments follow moves them in the order of `targets`. Its times count from `start`.
template <sim::MarketSource Source> class SourceFeed final : public MarketFeed {
public:
    SourceFeed(Source source, const std::vector<StreamTarget>& targets, Timestamp start)
        : source_(std::move(source)), start_(start - Timestamp{}),
          by_stream_(sim::market_streams_max) {
        for (const StreamTarget& target : targets) {
            by_stream_.at(target.stream).emplace_back(target.instrument, target.spec);
        }
        advance();
    }

    [[nodiscard]] Timestamp next_at() const override { return at_; }
    [[nodiscard]] sim::Venue::MarketMove next() override {
        const std::vector<UnitConverter>& followers = by_stream_[ahead_.stream];
        const sim::Venue::MarketMove out = followers[follower_].move(ahead_);
        if (++follower_ == followers.size()) advance();
        return out;
    }

private:
    void advance() {
        follower_ = 0;
        for (;;) {
            const auto update = source_.next();
            if (!update) {
                at_ = never;
                return;
            }
            if (by_stream_[update->stream].empty()) continue;
            ahead_ = *update;
            at_ = ahead_.at + start_;
            return;
        }
    }

    Source source_;
    Duration start_;
    std::vector<std::vector<UnitConverter>> by_stream_;
    sim::MarketUpdate ahead_;
    Timestamp at_{never};
    std::size_t follower_ = 0;
};

template <sim::MarketSource Source>
[[nodiscard]] std::unique_ptr<MarketFeed>
make_feed(Source source, const std::vector<StreamTarget>& targets, Timestamp start) {
    return std::make_unique<SourceFeed<Source>>(std::move(source), targets, start);
}

} // namespace keel::world

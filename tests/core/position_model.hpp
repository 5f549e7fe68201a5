#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/rng.hpp"
#include "tests/core/desk_fixture.hpp"

// Model B of the search that shaped the position rule, on the real engine: ticks of time, own
// trades whose reports are slow or lost, a change that nobody reports, a snapshot on every tick
// that shows the position of now or of a tick before, fill reads that lag as far as they may. A
// tick is a second.

namespace keel::core::script {

struct PositionRun {
    struct Trade {
        int tick = 0;
        int sign = 1;
        int delay = 0; // ticks until the stream tells it
        bool lost = false;
    };
    std::vector<Trade> trades;
    int silent_tick = 0; // 0: none
    int silent_sign = 1;
    std::uint32_t stale = 0;      // bit per tick: that snapshot is a tick old
    std::uint32_t slow_reads = 0; // bit per tick: a fill read answered then is `lag` ticks old
    int lag = 1;                  // one is what the venue promised
    std::uint32_t late = 0;       // bit per tick: one more comes, asked and seen four ticks ago
};

struct PositionOutcome {
    bool invented = false; // believed what no set of real changes gives
    Lots believed;
    Lots truth;
};

class PositionModel {
public:
    static constexpr int ticks = 9;     // in which things happen
    static constexpr int settling = 30; // after which all must be known
    static constexpr int late_by = 4;

    explicit PositionModel(Sabotage sabotage = {}) : start_{config(sabotage)} {
        start_.start();
        start_.book(hedge, 0, 0); // what is owed is not the subject
        buy_ = start_.quote(Side::Buy, par - 5, 40);
        start_.ack(buy_);
        sell_ = start_.quote(Side::Sell, par + 5, 40);
        start_.ack(sell_);
        start_.answers_reads = false;
    }

    [[nodiscard]] PositionOutcome run(const PositionRun& r) const {
        strategy::Desk desk = start_.desk;
        Commands out;
        std::uint64_t seq = start_.seq;
        const Timestamp zero = start_.now;
        PositionOutcome outcome;
        std::vector<std::pair<ReadRequest, Timestamp>> asked;
        Timestamp now = zero;
        const auto tell = [&](const EventBody& body) {
            desk.step(Event{++seq, now, body}, out);
            for (const CommandBody& command : out) {
                const auto* read = std::get_if<ReadRequest>(&command);
                if (read != nullptr && read->account == maker_account &&
                    read->kind == RequestKind::ReadFills) {
                    asked.emplace_back(*read, now);
                }
            }
            outcome.invented = outcome.invented || !is_possible(r, now - zero, believed(desk));
        };
        for (int tick = 1; tick <= ticks + settling; ++tick) {
            now = zero + seconds(tick);
            const bool may_lag = tick <= ticks;
            for (std::size_t n = 0; n < r.trades.size(); ++n) {
                const PositionRun::Trade& trade = r.trades[n];
                if (!trade.lost && trade.tick + trade.delay == tick) tell(report(r, n, zero));
            }
            PositionReport snapshot;
            snapshot.account = maker_account;
            snapshot.instrument = maker;
            snapshot.source = ReportSource::Stream;
            const bool stale = may_lag && (r.stale >> tick & 1U) != 0;
            snapshot.qty = true_position(r, seconds(stale ? tick - 1 : tick));
            snapshot.asked_at = now;
            snapshot.answered_at = now;
            // (Where late ones come, a fresh one is rare, or it would outrun them all.)
            if (r.late == 0 || tick % 5 == 0) tell(snapshot);
            if (tick < 32 && (r.late >> tick & 1U) != 0 && tick > late_by) {
                PositionReport old;
                old.account = maker_account;
                old.instrument = maker;
                old.source = ReportSource::Stream;
                old.qty = true_position(r, seconds(tick - late_by));
                old.asked_at = now - seconds(late_by);
                old.answered_at = now;
                tell(old);
            }
            for (const auto& [read, at] : std::exchange(asked, {})) {
                const bool slow = may_lag && (r.slow_reads >> tick & 1U) != 0;
                const Timestamp shown = slow ? at - seconds(r.lag) : at;
                for (std::size_t n = 0; n < r.trades.size(); ++n) {
                    ExecutionReport row = report(r, n, zero);
                    if (row.transact_time > shown || row.transact_time < read.from) continue;
                    row.source = ReportSource::Read;
                    row.read = read.request;
                    tell(row);
                }
                ReadDone done;
                done.read = read.request;
                done.account = maker_account;
                done.kind = RequestKind::ReadFills;
                done.outcome = Outcome::Accepted;
                done.complete = 1;
                done.from = read.from;
                done.asked_at = at;
                done.answered_at = now;
                tell(done);
            }
            tell(WakeUp{});
        }
        outcome.believed = believed(desk);
        outcome.truth = true_position(r, seconds(ticks + settling));
        return outcome;
    }

private:
    static strategy::DeskConfig config(Sabotage sabotage) {
        strategy::DeskConfig config = two_venues();
        EngineConfig& e = config.engine;
        e.sabotage = sabotage;
        e.capacities = {.orders = 32, .legs = 8, .fills = 1'024};
        e.groups[0].exposure_limit = Units{100};
        e.groups[0].assign_adjustments = false;
        e.groups[0].hedge_retry = seconds(3'600);
        e.venues[0].visibility = seconds(1);
        e.venues[0].clock_error = Duration{0};
        return config;
    }
    static Lots believed(const strategy::Desk& desk) {
        const Position& p = desk.engine().position(maker);
        return p.filled + p.foreign + p.adjusted;
    }
    // Trades happen in the middle of a tick, snapshots at its end.
    static Duration at(const PositionRun::Trade& trade) {
        return milliseconds(trade.tick * 1'000 - 500);
    }
    static Duration silent_at(const PositionRun& r) {
        return milliseconds(r.silent_tick * 1'000 - 250);
    }
    [[nodiscard]] ExecutionReport report(const PositionRun& r, std::size_t n,
                                         Timestamp zero) const {
        const PositionRun::Trade& trade = r.trades[n];
        ExecutionReport out = start_.trade(trade.sign > 0 ? buy_ : sell_, 1, 1'000 + n);
        out.transact_time = zero + at(trade);
        return out;
    }
    static Lots true_position(const PositionRun& r, Duration when) {
        std::int64_t sum = 0;
        for (const PositionRun::Trade& trade : r.trades) sum += at(trade) <= when ? trade.sign : 0;
        if (r.silent_tick > 0 && silent_at(r) <= when) sum += r.silent_sign;
        return Lots{sum};
    }
    // Is it the sum of some of what has happened by now?
    static bool is_possible(const PositionRun& r, Duration when, Lots value) {
        std::int64_t up = 0;
        std::int64_t down = 0;
        const auto count = [&](int sign) { (sign > 0 ? up : down) += 1; };
        for (const PositionRun::Trade& trade : r.trades) {
            if (at(trade) <= when) count(trade.sign);
        }
        if (r.silent_tick > 0 && silent_at(r) <= when) count(r.silent_sign);
        return value >= Lots{-down} && value <= Lots{up};
    }

    Script start_;
    ClOrdID buy_;
    ClOrdID sell_;
};

struct PositionTally {
    std::uint64_t runs = 0;
    std::uint64_t invented = 0;
    std::uint64_t wrong_end = 0;
    std::optional<PositionRun> first;
};

// Every combination of `trades` trades with these signs, delays 0 to 3 or a loss, a silent change
// at any tick or none; snapshots and reads in `patterns` ways.
inline PositionTally enumerate_positions(const PositionModel& model, const std::vector<int>& signs,
                                         std::uint32_t patterns, int silent_sign, int lag = 1) {
    PositionTally tally;
    constexpr int first_tick = 2;
    constexpr int last_tick = 5;
    constexpr int fates = 5; // delay 0 to 3, or lost
    std::vector<int> when(signs.size(), first_tick);
    std::vector<int> fate(signs.size(), 0);
    Rng rng{patterns};
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ways{
        {0, 0}, {0, ~0U}, {~0U, ~0U}, {~0U, 0}};
    while (ways.size() < patterns) {
        const auto stale = static_cast<std::uint32_t>(rng.next());
        const auto slow = static_cast<std::uint32_t>(rng.next());
        ways.emplace_back(stale, slow);
    }
    while (true) {
        for (int silent = 0; silent <= last_tick + 2; ++silent) {
            if (silent == 1) continue;
            for (std::size_t way = 0; way < patterns; ++way) {
                PositionRun run;
                for (std::size_t n = 0; n < signs.size(); ++n) {
                    run.trades.push_back(
                        {when[n], signs[n], fate[n] % (fates - 1), fate[n] == fates - 1});
                }
                run.silent_tick = silent;
                run.silent_sign = silent_sign;
                run.lag = lag;
                run.stale = ways[way].first;
                run.slow_reads = ways[way].second;
                run.late = way % 2 == 1 ? ~0U : 0U;
                const PositionOutcome outcome = model.run(run);
                ++tally.runs;
                const bool wrong = outcome.believed != outcome.truth;
                tally.invented += outcome.invented ? 1U : 0U;
                tally.wrong_end += wrong ? 1U : 0U;
                if ((outcome.invented || wrong) && !tally.first) tally.first = run;
            }
        }
        std::size_t n = 0;
        for (; n < signs.size(); ++n) { // the next combination of fates and times
            if (++fate[n] < fates) break;
            fate[n] = 0;
            if (++when[n] <= last_tick) break;
            when[n] = first_tick;
        }
        if (n == signs.size()) return tally;
    }
}

inline std::string to_string(const PositionTally& tally) {
    std::string text = fmt::format("{} runs, {} invented, {} wrong ends", tally.runs,
                                   tally.invented, tally.wrong_end);
    if (!tally.first) return text;
    for (const PositionRun::Trade& trade : tally.first->trades) {
        text += fmt::format("; trade {:+} at tick {} {}", trade.sign, trade.tick,
                            trade.lost ? "lost" : fmt::format("told {} later", trade.delay));
    }
    return text + fmt::format("; silent {:+} at {}; stale {:x}, slow reads {:x}",
                              tally.first->silent_sign, tally.first->silent_tick,
                              tally.first->stale, tally.first->slow_reads);
}

} // namespace keel::core::script

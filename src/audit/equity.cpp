#include "audit/equity.hpp"

#include <fmt/format.h>

#include "audit/arithmetic.hpp"

namespace keel::audit {
namespace {

constexpr Int128 ppm = 1'000'000;

} // namespace

EquityRules::EquityRules(const AuditorConfig& config, const Books& books, const LimitRules& limits,
                         ViolationLog& log)
    : config_(&config), books_(&books), limits_(&limits), log_(&log),
      lines_(config.instruments.size()), is_equity_told_(config.accounts.size()) {}

void EquityRules::on_fill(const sim::TrueFill& fill, bool is_reduce_only) {
    const std::size_t ix = fill.instrument.value();
    const InstrumentFacts& instrument = config_->instruments[ix];
    Line& line = lines_[ix];
    Held& one = held(fill.instrument, fill.position_side);
    const std::int64_t before = one.lots;
    const bool is_buy = fill.side == Side::Buy;
    one.lots += is_buy ? fill.qty.value() : -fill.qty.value();
    line.net += is_buy ? fill.qty.value() : -fill.qty.value();
    (is_buy ? one.bought : one.sold) += fill.qty.value();
    if (fill.is_told) untold_.insert({fill.order_id, fill.exec_id, fill.instrument, fill.side});
    const bool is_trade = fill.kind == OrdKind::Limit; // what is merged or redeemed is none
    if (is_trade) line.matched += fill.qty.value();

    const Worth& worth = limits_->worth(fill.instrument);
    const Int128 exact = static_cast<Int128>(fill.px.value()) * fill.qty.value() * worth.top;
    const Int128 amount = is_buy ? ceil_div(exact, worth.bottom) : floor_div(exact, worth.bottom);
    const Int128 fee = fee_due(fill, amount);
    line.cash += (is_buy ? -amount : amount) - fee;
    line.fees += fee;
    if (is_trade) (fill.is_maker ? line.maker_volume : line.taker_volume) += amount;
    if (fee != fill.fee.value()) {
        log_->add(Rule::EquityAddsUp, fill.at,
                  fmt::format("{}: a fee of {} was taken for {} lots at {}, {} is due",
                              instrument.name, fill.fee.value(), fill.qty.value(), fill.px.value(),
                              static_cast<std::int64_t>(fee)));
    }
    if (is_reduce_only) check_reduction(fill, before);
}

void EquityRules::check_reduction(const sim::TrueFill& fill, std::int64_t before) const {
    const std::int64_t after = held(fill.instrument, fill.position_side).lots;
    const bool opens = magnitude(after) > magnitude(before) || sign_of(after) * sign_of(before) < 0;
    if (!opens) return;
    log_->add(Rule::ReduceOnlyNeverOpens, fill.at,
              fmt::format("{}: a reduce-only order moved the position from {} to {} lots",
                          config_->instruments[fill.instrument.value()].name, before, after));
}

// What is merged or redeemed costs nothing.
Int128 EquityRules::fee_due(const sim::TrueFill& fill, Int128 amount) const {
    if (fill.kind != OrdKind::Limit) return 0;
    const InstrumentFacts& instrument = config_->instruments[fill.instrument.value()];
    const Int128 share = fill.is_maker ? instrument.maker_fee_ppm : instrument.taker_fee_ppm;
    return ceil_div(amount * share, ppm);
}

void EquityRules::on_failure(const sim::TrueFill& fill) {
    untold_failures_.insert({fill.order_id, fill.exec_id, fill.instrument, fill.side});
    Line& line = lines_[fill.instrument.value()];
    const bool is_buy = fill.side == Side::Buy;
    const Worth& worth = limits_->worth(fill.instrument);
    const Int128 exact = static_cast<Int128>(fill.px.value()) * fill.qty.value() * worth.top;
    const Int128 amount = is_buy ? ceil_div(exact, worth.bottom) : floor_div(exact, worth.bottom);
    const Int128 fee = fee_due(fill, amount);
    Held& one = held(fill.instrument, fill.position_side);
    one.lots -= is_buy ? fill.qty.value() : -fill.qty.value();
    line.net -= is_buy ? fill.qty.value() : -fill.qty.value();
    one.failed[Held::place_of(fill.side)] += fill.qty.value();
    line.failed += fill.qty.value();
    line.cash += (is_buy ? amount : -amount) + fee;
    line.fees -= fee;
    (fill.is_maker ? line.maker_volume : line.taker_volume) -= amount;
}

void EquityRules::on_outside(const sim::TrueFill& fill, Timestamp known_by) {
    on_fill(fill, false);
    Held& one = held(fill.instrument, fill.position_side);
    one.unheard.add(fill.side, fill.qty.value(), known_by);
    if (fill.is_told) return;
    (fill.side == Side::Buy ? one.bought_silent : one.sold_silent) += fill.qty.value();
}

void EquityRules::on_funding(const sim::TrueFunding& funding) {
    const std::size_t ix = funding.instrument.value();
    const std::string& name = config_->instruments[ix].name;
    Line& line = lines_[ix];
    const Worth& worth = limits_->worth(funding.instrument);
    const Int128 held2 =
        static_cast<Int128>(limits_->marks(funding.instrument).twice_mid()) * line.net * worth.top;
    // Whole units and the rest apart: all of it times the rate may pass 128 bits.
    const Int128 bottom = 2 * worth.bottom;
    const Int128 whole = floor_div(held2, bottom);
    const Int128 rest = ceil_div((held2 - whole * bottom) * funding.rate_ppm, bottom);
    const Int128 due = ceil_div(whole * funding.rate_ppm + rest, ppm);
    line.cash -= due;
    line.funding += due;
    if (due != funding.paid.value()) {
        log_->add(Rule::EquityAddsUp, funding.at,
                  fmt::format("{}: funding of {} was taken for {} lots at a rate of {}, {} is due",
                              name, funding.paid.value(), line.net, funding.rate_ppm,
                              static_cast<std::int64_t>(due)));
    }
    if (line.funding_at == funding.at && line.funding_told != funding.rate_ppm) {
        log_->add(Rule::EquityAddsUp, funding.at,
                  fmt::format("{}: funding at a rate of {}, {} was told", name, funding.rate_ppm,
                              line.funding_told));
    }
}

void EquityRules::on_told(const Signal& signal) {
    if (signal.kind != SignalKind::Funding) return;
    Line& line = lines_[signal.instrument.value()];
    line.funding_at = signal.valid_until;
    line.funding_told = signal.value;
}

Int128 EquityRules::worth_of_line(std::size_t instrument) const {
    const Line& line = lines_[instrument];
    if (line.net == 0) return line.cash;
    const InstrumentIx ix{static_cast<std::uint32_t>(instrument)};
    const Worth& worth = limits_->worth(ix);
    const std::optional<Ticks> resolved = books_->resolved_to(ix);
    const Int128 mid2 =
        resolved ? 2 * Int128{resolved->value()} : Int128{limits_->marks(ix).twice_mid()};
    return line.cash + floor_div(mid2 * line.net * worth.top, 2 * worth.bottom);
}

Money EquityRules::pnl(AccountIx account) const {
    Int128 sum = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        if (config_->instruments[i].account == account) sum += worth_of_line(i);
    }
    return Money{static_cast<std::int64_t>(sum)};
}

EquityRules::Turnover EquityRules::turnover(AccountIx account) const {
    Turnover out;
    for (std::uint32_t i = 0; i < lines_.size(); ++i) {
        if (config_->instruments[i].account != account) continue;
        const Turnover one = turnover(InstrumentIx{i});
        out.fees += one.fees;
        out.funding += one.funding;
        out.maker_volume += one.maker_volume;
        out.taker_volume += one.taker_volume;
    }
    return out;
}

EquityRules::Turnover EquityRules::turnover(InstrumentIx instrument) const {
    const Line& line = lines_[instrument.value()];
    const auto money = [](Int128 sum) { return Money{static_cast<std::int64_t>(sum)}; };
    return {.fees = money(line.fees),
            .funding = money(line.funding),
            .maker_volume = money(line.maker_volume),
            .taker_volume = money(line.taker_volume)};
}

void EquityRules::check_books(Timestamp now) {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const InstrumentIx ix{static_cast<std::uint32_t>(i)};
        for (const PositionSide side : position_sides) {
            const Lots shown = books_->position(ix, side);
            Held& one = held(ix, side);
            if (shown.value() == one.lots || one.is_told) continue;
            one.is_told = true;
            log_->add(Rule::PositionAddsUp, now,
                      fmt::format("{}: the venue's book shows {} lots{}, executions add up to {}",
                                  config_->instruments[i].name, shown.value(),
                                  position_suffix(side), one.lots));
        }
    }
    for (std::size_t a = 0; a < config_->accounts.size(); ++a) {
        if (is_equity_told_[a] != 0) continue;
        const AccountIx ix{static_cast<std::uint32_t>(a)};
        const Money shown = books_->equity(ix) - config_->accounts[a].collateral;
        const Money due = pnl(ix);
        if (shown == due) continue;
        is_equity_told_[a] = 1;
        log_->add(
            Rule::EquityAddsUp, now,
            fmt::format("{}: equity changed by {}, executions, fees, funding and marks make {}",
                        config_->accounts[a].name, shown.value(), due.value()));
    }
}

bool EquityRules::on_told(const ExecutionReport& report) {
    if (report.exec_type != ExecType::Trade) return false; // these venues bust nothing
    const Execution told{report.order_id, report.exec_id, report.instrument, report.side};
    if (report.stage == FillStage::Failed && untold_failures_.erase(told) > 0) {
        held(report.instrument, report.position_side).failed_told[Held::place_of(report.side)] +=
            report.last_qty.value();
    }
    if (untold_.erase(told) == 0) return false;
    Held& one = held(report.instrument, report.position_side);
    (report.side == Side::Buy ? one.bought_told : one.sold_told) += report.last_qty.value();
    return true;
}

void EquityRules::on_belief(InstrumentIx instrument, PositionSide side,
                            const PositionBelief& belief, Timestamp now) {
    Held& one = held(instrument, side);
    const std::string& name = config_->instruments[instrument.value()].name;
    const std::int64_t lowest = belief.lowest.value();
    const std::int64_t highest = belief.highest.value();
    // What others did of late may be known or not.
    std::int64_t least_known = one.lots;
    std::int64_t most_known = one.lots;
    if (!one.unheard.is_empty()) [[unlikely]] {
        one.unheard.forget_known(now);
        least_known -= one.unheard.sum(Side::Buy, now);
        most_known += one.unheard.sum(Side::Sell, now);
    }
    // And so what failed to settle, as long as nobody has told it.
    most_known += one.untold_failures(Side::Buy);
    least_known -= one.untold_failures(Side::Sell);
    if (most_known < lowest || least_known > highest) {
        log_->add(Rule::TruthInsideInterval, now,
                  fmt::format("{}: the venue holds {} lots{}, the desk believes in {} to {}", name,
                              one.lots, position_suffix(side), lowest, highest));
    }
    // What it was told of on one side, and on the other at most all there was.
    const auto& [bought_failed, sold_failed] = one.failed;
    const auto& [bought_failed_told, sold_failed_told] = one.failed_told;
    const std::int64_t least = one.bought_told - bought_failed - (one.sold - sold_failed_told);
    const std::int64_t most = one.bought - bought_failed_told - (one.sold_told - sold_failed);
    const std::int64_t certain = belief.certain.value();
    if (certain < least || certain > most) {
        log_->add(Rule::TruthInsideInterval, now,
                  fmt::format("{}: the desk is sure of {} lots{}, by what it was told {} to {} are "
                              "possible",
                              name, certain, position_suffix(side), least, most));
    }
}

void EquityRules::check_belief(InstrumentIx instrument, PositionSide side, Lots position,
                               Timestamp now) {
    const Lots shown = books_->position(instrument, side);
    if (shown == position) return;
    log_->add(Rule::DeskAgreesWithVenue, now,
              fmt::format("{}: the desk believes in {} lots{}, the venue's book shows {}",
                          config_->instruments[instrument.value()].name, position.value(),
                          position_suffix(side), shown.value()));
}

} // namespace keel::audit

#include "app/schema.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace keel::app {
namespace {

using enum FieldType;

constexpr std::int64_t hour_ms = 3'600'000;
constexpr std::int64_t day_ms = 24 * hour_ms;
constexpr std::int64_t int_max = std::numeric_limits<std::int64_t>::max();

template <std::size_t N>
constexpr Section section(std::string_view name, std::string_view doc,
                          const std::array<Field, N>& fields) {
    Section out{.name = name, .doc = doc};
    out.field_data = fields.data();
    out.field_count = N;
    return out;
}
template <std::size_t N>
constexpr Section with(Section parent, const std::array<Section, N>& rows) {
    parent.child_data = rows.data();
    parent.child_count = N;
    return parent;
}
constexpr Section repeated(Section row) {
    row.repeated = true;
    row.needed = true;
    return row;
}
constexpr Section any_number(Section row) {
    row.repeated = true;
    return row;
}

// clang-format off

// --- [run] ---------------------------------------------------------------------------------------

constexpr std::array run_fields{
    Field{"duration_s", Integer, "3600", 1, 7 * 86'400, "",
          "simulated time for which quotes are made; --duration overrides it"},
    Field{"seed", Integer, "1", 0, int_max, "",
          "decides every random choice: same config and seed, same run, bit for bit; --seed overrides it"},
    Field{"faults", Choice, "calm", 0, 0, "calm|rough|harsh|beyond",
          "how badly the venues' channels behave (docs/fault-model.md); beyond ends halted, unless nothing beyond the model happened; --faults overrides it"},
    Field{"market_files", Texts, required, 1, 64, "",
          "recordings to trade on, from this file's folder: FILE, or FILE:SYMBOL where the file does not name its symbol; after their end a seeded model continues them; --market overrides it"},
    Field{"settle_max_s", Integer, "1800", 1, 86'400, "",
          "after the market ends no new quotes are made, and the desk has this long to be flat on evidence"},
};

// --- [desk] --------------------------------------------------------------------------------------

constexpr std::array desk_fields{
    Field{"number", Integer, "1", 1, 4095, "",
          "this desk's part of every order id: two desks on one venue account must differ"},
};
constexpr std::array capacity_fields{
    Field{"orders", Integer, "1024", 32, 16'000'000, "",
          "orders remembered at once, 200 bytes each; when full, new risk stops"},
    Field{"legs", Integer, "256", 8, 16'777'216, "", "further venue ids of replaced orders"},
    Field{"fills", Integer, "65536", 1'024, 1'000'000'000, "",
          "fill keys remembered for the life of the run, so that a repeat is recognised"},
};
constexpr std::array desk_limit_fields{
    Field{"max_rounds_without_human", Integer, "1000", 1, int_max, "",
          "completed hedge rounds until an operator must say: go on"},
    Field{"max_loss_session", Decimal, "1000", 1, 0, "",
          "loss against the first equity seen, in quote currency, that stops new risk"},
};
constexpr std::array audit_fields{
    Field{"open_orders_every_ms", Integer, "10000", 100, hour_ms, "", "open orders are read this often"},
    Field{"fills_every_ms", Integer, "10000", 100, hour_ms, "", "fills are read this often"},
    Field{"positions_every_ms", Integer, "15000", 100, hour_ms, "", "positions are read this often"},
    Field{"balances_every_ms", Integer, "15000", 100, hour_ms, "", "balances are read this often"},
    Field{"verify_age_max_ms", Integer, "120000", 1'000, day_ms, "",
          "a position that no quiet read has verified for longer stops new risk"},
    Field{"cancel_repeat_ms", Integer, "500", 10, hour_ms, "",
          "a cancel is repeated after this, until the order's end is evidence"},
    Field{"query_repeat_ms", Integer, "500", 10, hour_ms, "",
          "an order whose fate is unknown is asked for again after this"},
    Field{"queries_per_second", Integer, "10", 1, 10'000, "", "bound on what all audits cost, per account"},
    Field{"cancels_before_escalation", Integer, "8", 1, 1'000, "",
          "cancels of one order without evidence until cancel-all and an alarm"},
    Field{"recovery_alarm_after_ms", Integer, "30000", 100, day_ms, "",
          "what a start is still waiting for after this (lease, reads) is told to a person, and again as often"},
};

// --- [[venue]] -----------------------------------------------------------------------------------

constexpr std::array venue_fields{
    Field{"name", Name, required, 0, 0, "", "how the other sections and reports call it"},
    Field{"kind", Choice, required, 0, 0, "simulated",
          "what stands behind it; simulated is the only kind today"},
    Field{"collateral", Decimal, required, 1, 0, "",
          "money on the account at the start, in quote currency"},
    Field{"taker_delay_ms", Integer, "0", 0, 60'000, "",
          "speed bump of orders that may take; cancels and post-only orders do not wait"},
    Field{"market_interval_ms", Integer, "100", 0, 60'000, "",
          "best bid and offer are published at most this often"},
    Field{"clock_offset_ms", Integer, "0", -60'000, 60'000, "", "the venue's clock less ours"},
    Field{"fills_replayed_on_reconnect", Flag, "true", 0, 0, "",
          "the fill stream repeats recent fills when it reconnects"},
    Field{"orders_snapshot_on_reconnect", Flag, "true", 0, 0, "",
          "the order stream begins with the open orders when it reconnects"},
    Field{"self_trade_reports_rejected", Flag, "false", 0, 0, "",
          "an own order removed to prevent a self-trade is reported as rejected"},
    Field{"answers_before_judging", Flag, "false", 0, 0, "",
          "a new order is accepted first and judged after: a rejection comes by the order stream alone"},
    Field{"tells_mined", Flag, "false", 0, 0, "",
          "a fill that settles late is told as mined, too, before it is confirmed"},
    Field{"nonces", Choice, "none", 0, 0, "none|consecutive|window",
          "numbers that actions carry: consecutive: one above the last (Lighter); window: each once, in milliseconds, above the least of the 100 largest (Hyperliquid)"},
    Field{"failed_rests_again", Flag, "false", 0, 0, "",
          "where a fill fails to settle, what its maker had executed is back in the book, and nobody is told"},
    Field{"pushes_positions", Flag, "true", 0, 0, "",
          "positions are told by a stream; false: by reads alone"},
    Field{"reduce_only_size_checked", Flag, "false", 0, 0, "",
          "a reduce-only order for more than is held is refused; false: it is clipped when it trades"},
    Field{"outside_told", Choice, "all", 0, 0, "all|manual|none",
          "which changes that are not ours are told as fills: manual: not those that the venue makes; the others show in the position alone"},
    Field{"position_mode", Choice, "one_way", 0, 0, "one_way|hedge",
          "hedge: a long and a short position of each instrument, held at once; one_way: one position that nets"},
    Field{"orders_max", Integer, "4096", 16, 1'048'575, "", "orders the simulated venue has room for"},
    Field{"messages_max", Integer, "16384", 64, 16'777'216, "", "messages under way it has room for"},
    Field{"history_max", Integer, "0", 0, 4'194'300, "",
          "updates and fills it remembers; 0: four for each of orders_max"},
};
constexpr std::array trait_fields{
    Field{"amend_supported", Flag, "true", 0, 0, "", "resting orders can be amended"},
    Field{"amend_qty", Choice, "total", 0, 0, "total|remaining|replacement",
          "what the quantity of an amend means: fills included, still open, or a new order"},
    Field{"amend_keeps_order_id", Flag, "true", 0, 0, "", "an amended order keeps the venue's order id"},
    Field{"fence", Choice, "validity_end", 0, 0, "validity_end|burnt_nonce|cancel_all_and_delay",
          "what proves that a request can no longer be accepted"},
    Field{"validity_ms", Integer, "2000", 10, hour_ms, "", "the venue refuses a request this long after it was sent"},
    Field{"visibility_ms", Integer, "500", 0, hour_ms, "", "reads may be this stale, never staler"},
    Field{"clock_error_ms", Integer, "100", 0, hour_ms, "", "bound on the difference of the venue's clock and ours"},
    Field{"longest_delay_ms", Integer, "10000", 10, day_ms, "",
          "a request surely has arrived after this (where fence is not validity_end)"},
    Field{"answer_timeout_ms", Integer, "1000", 10, hour_ms, "", "no answer for this long: the order is Unknown, and is asked for"},
    Field{"end_vouches_qty", Flag, "true", 0, 0, "", "the report of an order's end carries its final quantity"},
    Field{"status_by_cl_ord_id", Flag, "true", 0, 0, "", "an order can be asked for by our own id"},
    Field{"reduce_only_at_match", Flag, "true", 0, 0, "", "reduce-only is enforced at the moment of the trade"},
    Field{"cancels_overtake", Flag, "true", 0, 0, "", "a cancel may overtake the order it names"},
    Field{"tells_all_changes", Flag, "true", 0, 0, "",
          "false: a liquidation or a trade by hand may show in the position alone; taken over with an alarm, and no surprise"},
    Field{"heartbeat_timeout_ms", Integer, "0", 0, hour_ms, "",
          "the venue cancels all orders of an account from which no heartbeat has come for so long; 0: it has none"},
    Field{"batch_max", Integer, "1", 1, 1'000, "", "items in one request; 1: no batches"},
    Field{"requests_per_second", Integer, "20", 1, 100'000, "", "what the venue's rate limit allows"},
    Field{"reserve_percent", Integer, "30", 20, 90, "", "share of it that only cancels and reductions may use"},
};
constexpr std::array delay_fields{
    Field{"socket_request_ms", Range, "5,10", 0, 60'000, "", "a request over the socket and its answer, together: half of it each way"},
    Field{"rest_request_ms", Range, "50,100", 0, 60'000, "", "a request over REST and its answer, together: half of it each way"},
    Field{"order_stream_ms", Range, "5,15", 0, 60'000, "", "order events to us"},
    Field{"fill_stream_ms", Range, "5,15", 0, 60'000, "", "fills to us"},
    Field{"position_stream_ms", Range, "10,40", 0, 60'000, "", "positions to us"},
    Field{"market_stream_ms", Range, "2,8", 0, 60'000, "", "market data to us"},
    Field{"read_lag_ms", Range, "100,500", 0, hour_ms, "", "age of what a read shows"},
    Field{"settlement_ms", Range, "2000,10000", 0, hour_ms, "", "each stage of a fill that settles late"},
};
constexpr std::array basis_fields{
    Field{"percentile_1_bps", Bps, "0", -100'000, 100'000, "", "1 % of the time its prices stand lower than this over the recording's"},
    Field{"median_bps", Bps, "0", -100'000, 100'000, "", "half of the time lower than this"},
    Field{"percentile_99_bps", Bps, "0", -100'000, 100'000, "", "99 % of the time lower than this"},
    Field{"half_life_ms", Integer, "60000", 1, day_ms, "", "after this, half of a deviation from the median is gone"},
    Field{"grid_ms", Integer, "100", 1, hour_ms, "", "the basis changes this often"},
};
constexpr std::array account_limit_fields{
    Field{"max_open_orders", Integer, "50", 1, 1'000'000, "", "orders not ended, on this account"},
    Field{"max_orders_per_second", Integer, "10", 1, 100'000, "", "new orders; cancels are never held back"},
    Field{"max_notional_per_minute", Decimal, "500000", 1, 0, "", "of new orders, in quote currency"},
    Field{"max_rejects_in_window", Integer, "20", 1, 1'000'000, "", "refused new orders until new risk stops"},
    Field{"reject_window_ms", Integer, "60000", 100, day_ms, "", "the window in which they are counted"},
};

// --- [[instrument]] ------------------------------------------------------------------------------

constexpr std::array instrument_fields{
    Field{"venue", Name, required, 0, 0, "", "name of a [[venue]]"},
    Field{"symbol", Text, required, 0, 0, "", "as the venue writes it; other sections say venue/symbol"},
    Field{"base", Text, required, 0, 0, "", "base currency; a group hedges one base currency"},
    Field{"market", Text, required, 0, 0, "", "symbol of the recording that drives it, such as BTCUSDT"},
    Field{"tick", Decimal, required, 1, 0, "", "price step, in quote currency"},
    Field{"lot", Decimal, required, 1, 0, "", "quantity step, in base currency"},
    Field{"min_qty", Decimal, "", 1, 0, "", "smallest order, in base currency; not set: one lot"},
    Field{"max_qty", Decimal, "", 1, 0, "", "largest order, in base currency; not set: no limit"},
    Field{"min_notional", Decimal, "0", 0, 0, "", "smallest order, in quote currency"},
    Field{"min_notional_spares_full_close", Flag, "true", 0, 0, "", "an order that flattens may be smaller"},
    Field{"price_rule", Choice, "tick", 0, 0, "tick|five_significant_digits",
          "prices beside multiples of the tick: five_significant_digits is Hyperliquid's rule"},
    Field{"price_step", Decimal, "", 1, 0, "",
          "prices are multiples of it until the venue tells another, in quote currency; not set: the tick"},
    Field{"px_end", Decimal, "", 1, 0, "", "prices are below it, in quote currency, as those of a binary market below 1; not set: no end"},
    Field{"long_only", Flag, "false", 0, 0, "", "what is not held cannot be sold"},
    Field{"settles_late", Flag, "false", 0, 0, "",
          "a fill is told as matched, and confirmed later or fails; until then what it bought cannot be sold"},
    Field{"maker_fee_bps", Bps, required, -100'000, 100'000, "", "of notional; negative: a rebate"},
    Field{"taker_fee_bps", Bps, required, -100'000, 100'000, "", "of notional"},
    Field{"initial_margin_bps", Bps, "1000", 1, 1'000'000, "", "of notional; 1000 is 10 %, that is 10 x leverage"},
    Field{"maintenance_margin_bps", Bps, "0", 0, 1'000'000, "",
          "of notional at the mark; the venue liquidates an account whose equity is below that of all it holds; 0: never"},
    Field{"queue_cancel_share_percent", Integer, "50", 0, 100, "",
          "share of displayed-size decreases without a trade that happen ahead of our resting order"},
};
constexpr std::array outside_fields{
    Field{"manual_trades_per_hour", Integer, "0", 0, 3'600, "", "somebody trades on the account by hand; 0: nobody, else at least once"},
    Field{"liquidations_per_hour", Integer, "0", 0, 3'600, "", "the venue closes some of what is held; 0: never, else at least tried once"},
    Field{"adl_per_hour", Integer, "0", 0, 3'600, "", "the same, as auto-deleveraging"},
    Field{"qty_max", Decimal, "", 1, 0, "", "largest of them, in base currency; not set: the smallest order"},
};
constexpr std::array funding_fields{
    Field{"every_ms", Integer, "0", 0, day_ms, "", "time between two settlements; 0: there is no funding"},
    Field{"mean_bps", Bps, "0", -50'000, 50'000, "", "of the rate, of notional: what a long pays a short at a settlement"},
    Field{"spread_bps", Bps, "0", 0, 50'000, "", "98 % of the rates are within this of the mean"},
    Field{"half_life_ms", Integer, "28800000", 1, day_ms, "", "after this, half of a deviation from the mean is gone; no shorter than every_ms"},
};
constexpr std::array listing_fields{
    Field{"fine_step", Decimal, "", 1, 0, "", "price step while the mid is near an end, in quote currency; not set: it stays price_step"},
    Field{"fine_below", Decimal, "0", 0, 0, "", "nearer to 0, or to px_end, than this; coarse again at twice that"},
    Field{"resolves_after_s", Integer, "0", 0, 7 * 86'400, "", "resolved so long after its first quote; 0: never"},
    Field{"resolves_to", Decimal, "0", 0, 0, "", "what a unit is worth then, in quote currency"},
};
constexpr std::array binary_fields{
    Field{"slope", Integer, "0", 0, 1'000'000, "",
          "times so much the recording's relative change is what an outcome is worth more than half of px_end; 0: the instrument is as recorded"},
    Field{"shares_per_unit", Integer, "1000", 1, 1'000'000, "", "for each unit of the recording's base currency that is quoted or traded"},
    Field{"complement_of", Text, "", 0, 0, "",
          "the other outcome, as venue/symbol, whose book this one mirrors, with its [instrument.listing]; in place of both here"},
};
constexpr std::array instrument_limit_fields{
    Field{"max_order_qty", Decimal, "", 1, 0, "", "in base currency; not set: the venue's own maximum"},
    Field{"max_order_notional", Decimal, "10000", 1, 0, "", "in quote currency"},
    Field{"max_position_notional", Decimal, "50000", 1, 0, "", "worst end of the position's interval, in quote currency"},
    Field{"price_collar_bps", Bps, "200", 1, 1'000'000, "", "farthest price from the mark that Keel computes itself"},
    Field{"stale_mark_ms", Integer, "5000", 10, hour_ms, "", "an older mark is none, and stops new risk"},
};
// --- [[group]] -----------------------------------------------------------------------------------

constexpr std::array group_fields{
    Field{"name", Name, required, 0, 0, "", "how [[xemm]] and reports call it"},
    Field{"members", Texts, required, 2, 16, "", "instruments that are one exposure, as venue/symbol"},
    Field{"hedge_via", Text, required, 0, 0, "", "the member on which what is owed is hedged"},
    Field{"exposure_limit", Decimal, required, 1, 0, "",
          "for either end of the exposure interval, in base currency; two quotes a side, so that a new quote need not wait for the end of the old one"},
    Field{"residue_max", Decimal, "", 1, 0, "",
          "most that may stay owed because it is below the hedge venue's lot or minimum, in base currency; not set: a quarter of exposure_limit"},
    Field{"unit_scale", Integer, "8", 0, 18, "",
          "exposure is counted in units of 10^-unit_scale of the base currency"},
    Field{"hedge_slippage_start_bps", Bps, "5", 0, 100'000, "", "how far through the touch the first hedge may trade"},
    Field{"hedge_slippage_step_bps", Bps, "5", 0, 100'000, "", "added with each attempt"},
    Field{"hedge_slippage_max_bps", Bps, "50", 0, 100'000, "", "never farther; then still owed, retried and alarmed"},
    Field{"hedge_retry_ms", Integer, "250", 1, hour_ms, "", "pause between attempts"},
    Field{"hedged_within_ms", Integer, "10000", 1, day_ms, "", "bound on how long anything is owed; beyond it an alarm"},
    Field{"assign_adjustments", Flag, "true", 0, 0, "",
          "a position change that no fill explains is hedged without an operator"},
};

// Of each strategy that quotes.
constexpr Field amend_quotes_field{"amend_quotes", Flag, "false", 0, 0, "", "a quote moves by an amend where the venue and the limits allow it, else by cancel and new order. Its quantity is the total, so what has filled of it is not asked for again. Where an amend makes another order of it (replacement, remaining) limits need room for both"};

// --- [[xemm]] ------------------------------------------------------------------------------------

constexpr std::array xemm_fields{
    Field{"name", Name, required, 0, 0, "", "how reports call this strategy"},
    Field{"group", Name, required, 0, 0, "", "name of the [[group]] it keeps flat"},
    Field{"maker", Text, required, 0, 0, "", "instrument it quotes on, as venue/symbol"},
    Field{"hedge", Text, required, 0, 0, "", "instrument it prices from: the group's hedge_via"},
    Field{"sides", Choice, "both", 0, 0, "both|buy|sell", "which side is quoted"},
    Field{"order_qty", Decimal, required, 1, 0, "", "size of a quote, in base currency"},
    Field{"target_edge_bps", Bps, "5", 0, 100'000, "",
          "what a round should earn after both fees, against the hedge venue's touch"},
    Field{"edge_drift_bps", Bps, "3", 1, 100'000, "", "a quote whose edge moved farther than this is replaced"},
    Field{"refresh_age_ms", Integer, "30000", 100, day_ms, "", "a quote older than this is replaced"},
    amend_quotes_field,
    Field{"mode", Choice, "continuous", 0, 0, "continuous|single", "single: one hedged round, then no more quotes"},
    Field{"on_exit", Choice, "unwind", 0, 0, "unwind|hold",
          "unwind: both legs are closed at the end; hold: the hedged position is kept"},
};

// --- [[bracket]] ---------------------------------------------------------------------------------

constexpr std::array bracket_fields{
    Field{"name", Name, required, 0, 0, "", "how reports call this strategy"},
    Field{"instrument", Text, required, 0, 0, "", "what it holds, as venue/symbol; a member of no [[group]]"},
    Field{"qty_max", Decimal, required, 1, 0, "", "most that a signal may ask for, in base currency; it is cut to this"},
    Field{"stop_bps", Bps, "100", 1, 90'000, "",
          "where the stop stands, from the mark when the position was first known; a signal may name a price instead"},
    Field{"limit_bps", Bps, "200", 0, 1'000'000, "", "and the target, a limit order that rests; 0: none"},
    Field{"emergency_bps", Bps, "50", 1, 90'000, "", "the emergency stop stands so far beyond the stop, for all that is held"},
    Field{"stop_slippage_bps", Bps, "50", 0, 90'000, "", "how far beyond its trigger the stop may trade"},
    Field{"emergency_slippage_bps", Bps, "100", 0, 90'000, "", "and the emergency stop"},
    Field{"stop_share_percent", Integer, "100", 1, 100, "", "part of what is held that the stop closes"},
    Field{"limit_share_percent", Integer, "100", 1, 100, "", "part of the most that was held that the target closes"},
    Field{"break_even_after_bps", Bps, "0", 0, 1'000'000, "",
          "once the mark has come so far the stop moves to where nothing is lost after fees; 0: never"},
    Field{"trail_bps", Bps, "0", 0, 90'000, "", "the stop follows the best mark at this distance; 0: it stays"},
    Field{"move_min_bps", Bps, "10", 1, 90'000, "", "a stop that trails is not moved by less"},
    Field{"slippage_start_bps", Bps, "10", 0, 90'000, "", "how far through the touch the first entry, or close, may trade"},
    Field{"slippage_step_bps", Bps, "10", 0, 90'000, "", "added with each attempt"},
    Field{"slippage_max_bps", Bps, "50", 0, 90'000, "", "never farther"},
    Field{"retry_ms", Integer, "250", 1, hour_ms, "", "pause between attempts of one kind"},
    Field{"stop_grace_ms", Integer, "1000", 1, hour_ms, "",
          "so long the market may be beyond the stop until Keel closes what the venue's stop has not"},
    Field{"protected_within_ms", Integer, "10000", 1, day_ms, "", "bound on how long a position may be without a stop; beyond it an alarm"},
};

// --- [[pair]] ------------------------------------------------------------------------------------

constexpr std::array pair_fields{
    Field{"name", Name, required, 0, 0, "", "how reports call this strategy"},
    Field{"group", Name, required, 0, 0, "", "name of the [[group]] of its two legs, which has no other member"},
    Field{"first", Text, required, 0, 0, "", "the leg that is taken first, and closed first, as venue/symbol"},
    Field{"second", Text, required, 0, 0, "", "the leg that follows it: the group's hedge_via"},
    Field{"legs", Choice, "sequential", 0, 0, "sequential|parallel",
          "sequential: the second leg is taken on evidence of the first; parallel: both are sent at once"},
    Field{"qty", Decimal, required, 1, 0, "", "size of each leg, in base currency: whole lots at both venues"},
    Field{"entry_bps", Bps, "10", -100'000, 100'000, "",
          "what an entry must promise: what the touches give and what funding pays within hold_max_ms, less all four taker fees"},
    Field{"slippage_bps", Bps, "2", 0, 90'000, "", "how far through the touch an entry may trade"},
    Field{"exit_profit_bps", Bps, "10", -100'000, 100'000, "",
          "both legs are closed once prices alone would leave so much after all four fees"},
    Field{"exit_carry_bps", Bps, "0", -100'000, 100'000, "",
          "and once funding pays less than this within hold_max_ms; where it is not told of both legs this closes nothing"},
    Field{"first_funding_ms", Integer, "3600000", 1000, day_ms, "", "how often the first leg's venue settles funding"},
    Field{"second_funding_ms", Integer, "3600000", 1000, day_ms, "", "and the second's"},
    Field{"hold_min_ms", Integer, "60000", 0, 7 * day_ms, "", "neither price nor funding closes it sooner"},
    Field{"hold_max_ms", Integer, "3600000", 1, 7 * day_ms, "", "then both legs are closed; funding is counted over so long"},
    Field{"second_leg_within_ms", Integer, "2000", 1, hour_ms, "",
          "where the second leg cannot be had for so long the first is closed again"},
    Field{"pause_ms", Integer, "10000", 0, day_ms, "", "after that there is no entry for so long"},
    Field{"retry_ms", Integer, "250", 1, hour_ms, "", "pause after an entry of which nothing came"},
};

// --- [[quoter]] ----------------------------------------------------------------------------------

constexpr std::array quoter_fields{
    Field{"name", Name, required, 0, 0, "", "how reports call this strategy"},
    Field{"first", Text, required, 0, 0, "", "the instrument that is quoted, as venue/symbol; its worth is told by fair_value signals"},
    Field{"second", Text, "", 0, 0, "", "the other outcome of its market, quoted too; not set: there is none"},
    Field{"levels", Integer, "3", 1, 20, "", "quotes on each side of each outcome"},
    Field{"level_qty", Decimal, required, 1, 0, "", "size of each, in base currency"},
    Field{"half_spread", Decimal, required, 1, 0, "", "from what it is worth to the first level, in quote currency"},
    Field{"level_gap", Decimal, required, 1, 0, "", "from one level to the next, in quote currency"},
    Field{"skew", Decimal, "0", 0, 0, "", "how far quotes lean away from what is held when it is all of inventory_max, in quote currency"},
    Field{"requote", Decimal, "0", 0, 0, "", "a quote moves towards what it is worth by more than this, or stays, in quote currency"},
    Field{"slack", Decimal, "0", 0, 0, "", "and away from it by more than this; below half_spread"},
    Field{"inventory_max", Decimal, required, 1, 0, "", "most that quotes may make the desk hold of one outcome, in base currency"},
    Field{"complete_above", Decimal, "0", 0, 0, "",
          "where so much more is held of one outcome than of the other, the rest is bought at the touch; 0: never: nothing else of it takes"},
    Field{"merge_min", Decimal, "0", 0, 0, "", "so many settled complete sets are merged into money; 0: they are kept. Its venue must take two orders in one request (batch_max)"},
    Field{"slippage_bps", Bps, "100", 0, 500'000, "", "how far through the touch a completion, or a sale at the exit, may trade"},
    Field{"cut_off_ms", Integer, "0", 0, 30 * day_ms, "", "from the start of the run: then everything is pulled and stays so; 0: never"},
    Field{"retry_ms", Integer, "500", 1, hour_ms, "", "pause before a level is quoted again, and between merges, completions and sales"},
    Field{"post_every_ms", Integer, "0", 0, hour_ms, "", "quotes leave at most so often, those that are due together in one request where the venue takes batches; 0: each as soon as it may"},
    Field{"clamps_per_minute", Integer, "60", 1, 100'000, "",
          "so many quotes may be placed behind a touch that is in their way in any minute; then none is, what is right by its worth stays, and an alarm tells"},
    amend_quotes_field,
    Field{"reward_spread", Decimal, "0", 0, 0, "", "from the mid, within which what rests earns rewards, in quote currency"},
    Field{"reward_min_qty", Decimal, "0", 0, 0, "", "smallest size that does"},
    Field{"reward_every_ms", Integer, "0", 0, hour_ms, "", "how often rewards are reckoned; 0: never"},
    Field{"on_exit", Choice, "hold", 0, 0, "hold|unwind",
          "unwind: sets are merged (batch_max at least 2) and the rest is sold at the end; hold: what is held is kept"},
};

// --- [[signal]] ----------------------------------------------------------------------------------

constexpr std::array signal_fields{
    Field{"instrument", Text, required, 0, 0, "", "whom it is about, as venue/symbol"},
    Field{"kind", Choice, required, 0, 0, "target|fair_value|funding|close",
          "what it says: the position that shall be held, what a unit is worth, the next funding, or that the position be closed"},
    Field{"file", Text, "", 0, 0, "", "a CSV of signals, from this file's folder (docs/signals.md); in place of source"},
    Field{"source", Choice, "", 0, 0, "random|breakout|mid",
          "a built-in for trying things, no advice: random or breakout tell targets, mid a fair value, random closes (docs/signals.md); in place of file"},
    Field{"valid_ms", Integer, "60000", 1, day_ms, "", "after this a signal says nothing any more; a file may say it for each row"},
    Field{"qty", Decimal, "", 1, 0, "", "of targets: the position when long or short, in base currency"},
    Field{"stop_bps", Bps, "", 1, 990'000, "", "of targets: how far from the mid a stop shall stand; not set: as the strategy is configured"},
    Field{"limit_bps", Bps, "", 1, 990'000, "", "of targets: how far from the mid a profit is taken; not set: as the strategy is configured"},
    Field{"every_ms", Integer, "", 10, day_ms, "", "random targets and mid: told this often"},
    Field{"lookback_ms", Integer, "", 100, day_ms, "", "breakout: the mid is compared with those of so long before"},
    Field{"of", Text, "", 0, 0, "", "mid: whose mid it is, as venue/symbol; not set: the instrument's own"},
    Field{"noise_bps", Bps, "", 0, 100'000, "", "mid: moved by at most so much, up or down, drawn anew each time; not set: not at all"},
    Field{"per_hour", Integer, "", 1, 3'600, "", "random closes: asked for so often, on average"},
    Field{"twice_percent", Integer, "", 0, 100, "", "random closes: so many are told once more within a second, under the same number; not set: none"},
    Field{"again_percent", Integer, "", 0, 100, "", "random closes: after so many a further one follows within a second, under a new number; not set: none"},
};

// --- [[guardian]] --------------------------------------------------------------------------------

constexpr std::array guardian_fields{
    Field{"name", Name, required, 0, 0, "", "how reports call this strategy"},
    Field{"watch", Texts, required, 1, 64, "", "instruments whose positions it knows and closes, as venue/symbol; members of no [[group]]. venue/*: all of that venue that no group and no other strategy has"},
    Field{"adopts", Choice, "all", 0, 0, "all|none",
          "none: a position that nobody of ours opened is told of, and closed on request only"},
    Field{"stop_bps", Bps, "0", 0, 90'000, "", "closed when so much is lost, from the mark when it was first known; 0: off"},
    Field{"limit_bps", Bps, "0", 0, 1'000'000, "", "or so much is won; 0: off"},
    Field{"drawdown_bps", Bps, "0", 0, 90'000, "", "or so much is lost again, from the best mark since; 0: off"},
    Field{"max_hold_ms", Integer, "0", 0, 30 * day_ms, "", "or it has been known for so long; 0: off"},
    Field{"slippage_start_bps", Bps, "10", 0, 90'000, "", "how far through the touch the first close may trade"},
    Field{"slippage_step_bps", Bps, "10", 0, 90'000, "", "added with each attempt"},
    Field{"slippage_max_bps", Bps, "50", 0, 90'000, "", "never farther"},
    Field{"retry_ms", Integer, "250", 1, hour_ms, "", "pause between attempts"},
    Field{"closed_within_ms", Integer, "10000", 1, day_ms, "", "bound on how long a close may take; beyond it an alarm"},
    Field{"already_closed_max", Integer, "3", 1, 1'000, "", "an alarm when so many closes of one life, or requests after it, find nothing to close"},
    Field{"loop_time_max_ms", Integer, "1000", 0, hour_ms, "", "an alarm when the desk runs so much later than it was due, as after a pause of its process; 0: off"},
    Field{"on_exit", Choice, "hold", 0, 0, "hold|close",
          "close: all that it watches is closed at the end; hold: what no rule closes is kept"},
};

// clang-format on

constexpr std::array desk_sections{
    section("capacities", "room for state; full stops new risk only", capacity_fields),
    section("limits", "of the whole desk", desk_limit_fields),
    section("audits", "questions asked without cause, so that a lost message is found",
            audit_fields),
};
constexpr std::array venue_sections{
    section("traits", "how the venue behaves, where the engine must know", trait_fields),
    section("delays", "from and to, uniformly drawn", delay_fields),
    section("limits", "of our account at the venue", account_limit_fields),
    section("basis",
            "synthetic: how far its prices stand from the recording's (mean-reverting, seeded)",
            basis_fields),
};
constexpr std::array instrument_sections{
    section("limits", "of the last gate before an order leaves", instrument_limit_fields),
    section("outside", "synthetic: changes of what is held that are not ours, drawn from the seed",
            outside_fields),
    section("funding",
            "synthetic: what holding it costs or brings (mean-reverting, seeded), told as a signal",
            funding_fields),
    section("binary", "synthetic: an outcome of a binary market, made from the recording",
            binary_fields),
    section("listing", "synthetic: what the venue does with the instrument by itself",
            listing_fields),
};
constexpr std::array top_sections{
    section("run", "what is run, and for how long", run_fields),
    with(section("desk", "the engine and its guards", desk_fields), desk_sections),
    with(repeated(section("venue", "a venue, with our account there", venue_fields)),
         venue_sections),
    with(repeated(section("instrument", "one symbol on one venue", instrument_fields)),
         instrument_sections),
    any_number(section("group", "instruments that hedge each other", group_fields)),
    any_number(section("xemm", "hedged market making: quote on one venue, hedge on the other",
                       xemm_fields)),
    any_number(section("bracket", "a position that a signal opens, with its stop and its target",
                       bracket_fields)),
    any_number(section("pair",
                       "two legs of one coin, long here and short there: both on, or both off",
                       pair_fields)),
    any_number(section("quoter", "a ladder of quotes around a fair value, on one or two outcomes",
                       quoter_fields)),
    any_number(section("signal", "what strategies are told beside the venues", signal_fields)),
    any_number(section("guardian", "positions that anybody opens, closed once by rule or request",
                       guardian_fields)),
};
constexpr std::array<Field, 0> no_fields{};
constexpr Section root = with(section("", "a config", no_fields), top_sections);
constexpr FileKind kind{.root = &root, .explained_by = "`keel config schema`"};

} // namespace

std::size_t Section::index_of(std::string_view key) const {
    const auto all = fields();
    return static_cast<std::size_t>(std::ranges::find(all, key, &Field::key) - all.begin());
}

const Section* Section::find_child(std::string_view child) const {
    const auto all = children();
    const auto found = std::ranges::find(all, child, &Section::name);
    return found == all.end() ? nullptr : &*found;
}

const Section& config_schema() { return root; }

const FileKind& config_kind() { return kind; }

} // namespace keel::app

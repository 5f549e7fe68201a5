#include "app/deeds.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "app/signal_numbers.hpp"
#include "app/words.hpp"
#include "base/assert.hpp"
#include "core/config.hpp"

namespace keel::app {
namespace {

using explore::Deed;
using explore::Move;

// What a deed can be, and the keys that make it so.
struct Shape {
    std::string_view name;
    std::string_view keys_text;
    std::span<const std::string_view> keys;   // all needed
    std::span<const std::string_view> others; // as it is
};
constexpr std::array<std::string_view, 4> quote_keys{"bid", "bid_qty", "ask", "ask_qty"};
constexpr std::array<std::string_view, 3> print_keys{"aggressor", "px", "qty"};
constexpr std::array<std::string_view, 1> act_keys{"act"};
constexpr std::array<std::string_view, 1> signal_keys{"signal"};
constexpr std::array<std::string_view, 4> signal_others{"value", "stop", "limit", "valid_ms"};
constexpr std::array<std::string_view, 3> outside_keys{"outside", "side", "qty"};
constexpr std::array<std::string_view, 1> outside_others{"position_side"};
constexpr std::array<std::string_view, 1> status_keys{"status"};
constexpr std::array<std::string_view, 1> status_others{"value"};
enum ShapeIx : std::size_t { Quote, Print, OfOperator, OfSource, OfOthers, OfListing };
constexpr std::array<Shape, 6> shapes{
    {{"a quote", "bid, bid_qty, ask and ask_qty", quote_keys, {}},
     {"a print", "aggressor, px and qty", print_keys, {}},
     {"an act", "act", act_keys, {}},
     {"a signal", "signal, and but for a close value", signal_keys, signal_others},
     {"a change that is not ours", "outside, side and qty", outside_keys, outside_others},
     {"a status", "status, and as it is value", status_keys, status_others}}};

struct ActWord {
    std::string_view word;
    Act act;
    bool has_instrument; // it is about one
};
constexpr std::array<ActWord, 8> act_words{{{"halt", Act::Halt, false},
                                            {"resume", Act::Resume, false},
                                            {"wind_down", Act::WindDown, false},
                                            {"kill", Act::Kill, false},
                                            {"reset_kill", Act::ResetKill, false},
                                            {"assign_adjustment", Act::AssignAdjustment, true},
                                            {"release_freeze", Act::ReleaseFreeze, true},
                                            {"accept_fill_gap", Act::AcceptFillGap, true}}};

struct OutsideWord {
    std::string_view word;
    sim::OutsideAct::Kind kind;
};
constexpr std::array<OutsideWord, 3> outside_words{
    {{"manual", sim::OutsideAct::Kind::Manual},
     {"liquidation", sim::OutsideAct::Kind::Liquidation},
     {"adl", sim::OutsideAct::Kind::Adl}}};

struct StatusWord {
    std::string_view word;
    sim::ListingAct::Kind kind;
    bool has_value;
};
constexpr std::array<StatusWord, 4> status_words{
    {{"price_step", sim::ListingAct::Kind::PriceStep, true},
     {"halted", sim::ListingAct::Kind::Halt, false},
     {"open", sim::ListingAct::Kind::Open, false},
     {"resolved", sim::ListingAct::Kind::Resolve, true}}};

// Two shapes have a qty, and two a value: beside a key of the other one it says nothing about
// which it is.
bool is_of_another(const Table& table, const Shape& shape, std::string_view key) {
    if (key == "value") {
        const bool is_status = table.value("status").is_set;
        return &shape == &shapes[OfListing] ? !is_status : is_status;
    }
    if (key != "qty") return false;
    if (&shape == &shapes[OfOthers]) {
        return !table.value("outside").is_set && !table.value("side").is_set;
    }
    return table.value("outside").is_set || table.value("side").is_set;
}

// The first key of the shape that the table sets; empty if none.
std::string_view first_set(const Table& table, const Shape& shape) {
    for (const std::span<const std::string_view> keys : {shape.keys, shape.others}) {
        for (const std::string_view key : keys) {
            if (table.value(key).is_set && !is_of_another(table, shape, key)) return key;
        }
    }
    return {};
}

// Said at what stands later in the file.
void refuse_both(const Table& table, const Shape& a, const Shape& b, Problems& problems) {
    const bool a_is_first =
        table.value(first_set(table, a)).place < table.value(first_set(table, b)).place;
    const Shape& first = a_is_first ? a : b;
    const Shape& second = a_is_first ? b : a;
    const std::string_view key = first_set(table, second);
    problems.add(table.value(key).place, table.label_of(key),
                 fmt::format("belongs to {}, but {} makes this {}: a deed is one thing",
                             second.name, first_set(table, first), first.name));
}

} // namespace

Deeds::Deeds(const Table& root, const References& refs, const DeskSetup& setup, Problems& problems)
    : refs_(refs), setup_(setup), problems_(problems), amounts_(problems),
      instruments_(root.all("instrument")) {}

Deed Deeds::deed(const Table& table) {
    const Shape* found = nullptr;
    for (const Shape& shape : shapes) {
        if (first_set(table, shape).empty()) continue;
        if (found != nullptr) {
            refuse_both(table, *found, shape, problems_);
            return Move{};
        }
        found = &shape;
    }
    if (found == nullptr) {
        std::vector<std::string> known;
        known.reserve(shapes.size());
        for (const Shape& shape : shapes) {
            known.push_back(fmt::format("{} ({})", shape.name, shape.keys_text));
        }
        const std::vector<std::string_view> words(known.begin(), known.end());
        problems_.add(table.place(), table.label(),
                      fmt::format("says nothing that happens: a deed is {}", one_of(words, false)));
        return Move{};
    }
    want(table, fmt::format("{} has {}", found->name, found->keys_text), found->keys);
    switch (static_cast<ShapeIx>(found - shapes.data())) {
    case Quote: return quote(table);
    case Print: return print(table);
    case OfOperator: return act(table);
    case OfSource: return signal(table);
    case OfOthers: return outside(table);
    case OfListing: return listing(table);
    }
    std::unreachable();
}

void Deeds::want(const Table& table, std::string_view what,
                 std::span<const std::string_view> keys) {
    for (const std::string_view key : keys) {
        const Value& value = table.value(key);
        if (value.is_set || !value.is_good) continue;
        problems_.add(value.place, table.label_of(key), fmt::format("is missing; {}", what));
    }
}

Deeds::Market Deeds::market_of(const Table& table) {
    const Value& value = table.value("instrument");
    if (!value.is_good) return {};
    if (!value.is_set) {
        problems_.add(value.place, table.label_of("instrument"),
                      "is missing; it is a text in quotes: where this happens, as venue/symbol");
        return {};
    }
    const InstrumentIx found{
        refs_.instruments.find(value.text, value.place, table.label_of("instrument"), problems_)};
    if (found.is_none()) return {};
    return {found, instruments_[found.value()]};
}

Move Deeds::move_at(const Market& market) const {
    Move out;
    if (market.table == nullptr) return out;
    out.venue = refs_.venue_of[market.instrument.value()];
    out.market.instrument = market.instrument;
    return out;
}

Move Deeds::quote(const Table& table) {
    const Market market = market_of(table);
    Move out = move_at(market);
    out.market.bid_px = price(table, "bid", market);
    out.market.bid_qty = quantity(table, "bid_qty", market);
    out.market.ask_px = price(table, "ask", market);
    out.market.ask_qty = quantity(table, "ask_qty", market);
    const Value& bid = table.value("bid");
    const Value& ask = table.value("ask");
    if (bid.is_good && bid.is_set && ask.is_good && ask.is_set &&
        compare(bid.decimal, ask.decimal) >= 0) {
        problems_.add(bid.place, table.label_of("bid"),
                      fmt::format("is {}, but must be below ask = {}", bid.text, ask.text));
    }
    return out;
}

Move Deeds::print(const Table& table) {
    const Market market = market_of(table);
    Move out = move_at(market);
    out.market.is_trade = true;
    out.market.aggressor = table.text("aggressor") == "buy" ? Side::Buy : Side::Sell;
    out.market.px = price(table, "px", market);
    out.market.qty = quantity(table, "qty", market);
    return out;
}

explore::Outside Deeds::outside(const Table& table) {
    const Market market = market_of(table);
    explore::Outside out;
    if (market.table != nullptr) {
        out.venue = refs_.venue_of[market.instrument.value()];
        out.act.instrument = market.instrument;
    }
    if (const Value& word = table.value("outside"); word.is_good && word.is_set) {
        const auto* const row = std::ranges::find(outside_words, word.text, &OutsideWord::word);
        KEEL_ASSERT(row != outside_words.end(), "every kind in the schema has its value here");
        out.act.kind = row->kind;
    }
    out.act.side = table.text("side") == "buy" ? Side::Buy : Side::Sell;
    out.act.qty = quantity(table, "qty", market);
    out.act.position_side = position_side(table, out);
    return out;
}

// A trade by hand names its position where there are two; all else follows from the side.
PositionSide Deeds::position_side(const Table& table, const explore::Outside& deed) {
    const Value& named = table.value("position_side");
    if (!named.is_good || deed.venue.is_none()) return PositionSide::Net;
    const bool has_two = setup_.venues[deed.venue.value()].hedge_mode;
    const bool is_needed = has_two && deed.act.kind == sim::OutsideAct::Kind::Manual;
    if (is_needed && !named.is_set) {
        problems_.add(named.place, table.label_of("position_side"),
                      "is missing; in hedge mode a trade by hand is about the long or the short "
                      "position");
    } else if (!is_needed && named.is_set) {
        problems_.add(named.place, table.label_of("position_side"),
                      "is of no use: only a trade by hand at a venue with position_mode = "
                      "\"hedge\" names its position");
    }
    if (!is_needed || !named.is_set) return PositionSide::Net;
    return named.text == "long" ? PositionSide::Long : PositionSide::Short;
}

// Of an instrument whose venue tells what it is: that is what a desk hears of it.
explore::Listing Deeds::listing(const Table& table) {
    const Market market = market_of(table);
    const Value& word = table.value("status");
    explore::Listing out;
    if (market.table == nullptr || !word.is_good || !word.is_set) return out;
    const auto row = std::ranges::find(status_words, word.text, &StatusWord::word);
    KEEL_ASSERT(row != status_words.end(), "every status in the schema has its value here");
    out.venue = refs_.venue_of[market.instrument.value()];
    out.act.instrument = market.instrument;
    out.act.kind = row->kind;
    const Instrument& spec = setup_.desk.engine.instruments[market.instrument.value()].instrument;
    if (!sim::SimInstrument{.instrument = {}, .account = {}, .spec = spec}.has_listing()) {
        problems_.add(word.place, table.label_of("status"),
                      fmt::format("is of no use: \"{}\" has neither price_step, px_end, long_only "
                                  "nor settles_late, so its venue tells no status of it",
                                  table.text("instrument")));
    }
    const Value& value = table.value("value");
    if (!row->has_value) {
        if (value.is_set) {
            problems_.add(value.place, table.label_of("value"),
                          fmt::format("is of no use: \"{}\" has none", word.text));
        }
        return out;
    }
    want(table, fmt::format("\"{}\" has one", word.text), status_others);
    out.act.value =
        Ticks{amounts_.count(table, "value", market.table->value("tick").decimal, "the tick")};
    const bool is_step = row->kind == sim::ListingAct::Kind::PriceStep;
    const bool fits = is_step ? out.act.value > Ticks{0}
                              : out.act.value >= Ticks{0} &&
                                    (spec.px_end == Ticks{0} || out.act.value <= spec.px_end);
    if (value.is_set && value.is_good && !fits) {
        problems_.add(
            value.place, table.label_of("value"),
            fmt::format("is {}, but {}", value.text,
                        is_step ? "a price step is above 0" : "a unit is worth 0 to px_end"));
        out.act.value = Ticks{1};
    }
    return out;
}

OperatorAct Deeds::act(const Table& table) {
    const Value& word = table.value("act");
    if (!word.is_good) return {};
    const auto row = std::ranges::find(act_words, word.text, &ActWord::word);
    KEEL_ASSERT(row != act_words.end(), "every act in the schema has its value here");
    OperatorAct out{.act = row->act, .instrument = {}};
    if (row->has_instrument) {
        out.instrument = market_of(table).instrument;
    } else if (const Value& instrument = table.value("instrument"); instrument.is_set) {
        problems_.add(instrument.place, table.label_of("instrument"),
                      fmt::format("is of no use: {} is about the whole desk", row->word));
    }
    return out;
}

explore::Telling Deeds::signal(const Table& table) {
    explore::Telling out;
    const Market market = market_of(table);
    const Value& word = table.value("signal");
    if (!word.is_good || !word.is_set || market.table == nullptr) return out;
    if (!market.table->value("tick").is_good || !market.table->value("lot").is_good) return out;
    const Instrument& spec = setup_.desk.engine.instruments[market.instrument.value()].instrument;
    Signal& signal = out.signal;
    signal.instrument = market.instrument;
    signal.kind = signal_kind(word.text);
    signal.id = ++signals_[{market.instrument.value(), signal.kind}];
    signal.value = signal_value(table, signal.kind, spec);
    signal.stop_px = exit_price(table, "stop", signal, spec);
    signal.limit_px = exit_price(table, "limit", signal, spec);
    if (const auto good = check_exits(signal); !good) {
        problems_.add(table.value("stop").place, table.label_of("stop"), good.error().text());
    }
    out.valid_for = table.span("valid_ms");
    return out;
}

std::int64_t Deeds::signal_value(const Table& table, SignalKind kind, const Instrument& spec) {
    const Value& value = table.value("value");
    if (!value.is_good) return 0;
    if (!value.is_set) {
        if (kind == SignalKind::Close) return 0;
        problems_.add(value.place, table.label_of("value"),
                      fmt::format("is missing; a {} has one", word_of(kind)));
        return 0;
    }
    const auto counted = app::signal_value(kind, value.decimal, value.text, spec);
    if (counted) return *counted;
    problems_.add(value.place, table.label_of("value"), counted.error().text());
    return 0;
}

Ticks Deeds::exit_price(const Table& table, std::string_view key, const Signal& signal,
                        const Instrument& spec) {
    const Value& value = table.value(key);
    if (!value.is_good || !value.is_set) return {};
    if (signal.kind != SignalKind::Target || table.value("value").decimal.mantissa == 0) {
        problems_.add(value.place, table.label_of(key),
                      "is of no use: a target that is not flat has one");
        return {};
    }
    const Result<Ticks> px = signal_price(value.decimal, value.text, spec);
    if (px) return *px;
    problems_.add(value.place, table.label_of(key), px.error().text());
    return {};
}

Ticks Deeds::price(const Table& table, std::string_view key, const Market& market) {
    if (market.table == nullptr) return {};
    const std::size_t before = problems_.count();
    const Ticks px{amounts_.count(table, key, market.table->value("tick").decimal, "the tick")};
    const Value& value = table.value(key);
    if (problems_.count() != before || px == Ticks{0}) return {};
    const Instrument& spec = setup_.desk.engine.instruments[market.instrument.value()].instrument;
    if (px > core::px_max) {
        problems_.add(value.place, table.label_of(key),
                      fmt::format("is {}, which is more than 2^52 ticks", value.text));
    } else if (!price_is_valid(px, spec)) {
        problems_.add(value.place, table.label_of(key),
                      fmt::format("is {}, which is no price of \"{}\" by its price_rule = \"{}\"",
                                  value.text, table.text("instrument"),
                                  market.table->text("price_rule")));
    }
    return px;
}

Lots Deeds::quantity(const Table& table, std::string_view key, const Market& market) {
    if (market.table == nullptr) return {};
    const Lots qty{amounts_.count(table, key, market.table->value("lot").decimal, "the lot")};
    if (qty > core::qty_max) {
        const Value& value = table.value(key);
        problems_.add(value.place, table.label_of(key),
                      fmt::format("is {}, which is more than 2^40 lots", value.text));
    }
    return qty;
}

} // namespace keel::app

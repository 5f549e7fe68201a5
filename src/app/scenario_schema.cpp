#include "app/scenario_schema.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/assert.hpp"
#include "explore/scenario.hpp"

namespace keel::app {
namespace {

using enum FieldType;

constexpr std::int64_t hour_ms = 3'600'000;

// clang-format off

// --- of a run's config ---------------------------------------------------------------------------

constexpr std::array<std::string_view, 11> left_out{
    "run",                      // no duration, no market files, no chance
    "venue.taker_delay_ms",     // how long anything takes is what is explored
    "venue.market_interval_ms", // a book is published when the market moves
    "venue.delays",             // as taker_delay_ms
    "venue.basis",              // the file says what the market shows
    "instrument.outside",       // as what the market does, it is said as deeds
    "instrument.binary",        // the file says what the market shows
    "instrument.listing",       // as what the market does, it is said as deeds
    "instrument.funding",       // it comes with time, and is told by deeds
    "instrument.market",        // there is no recording
    "signal",                   // they are deeds
};
constexpr std::array other_defaults{
    OtherDefault{"desk.capacities.orders", "32"},
    OtherDefault{"desk.capacities.legs", "8"},
    OtherDefault{"desk.capacities.fills", "1024"},
    OtherDefault{"desk.audits.open_orders_every_ms", "20000"},
    OtherDefault{"desk.audits.fills_every_ms", "20000"},
    OtherDefault{"desk.audits.positions_every_ms", "20000"},
    OtherDefault{"desk.audits.balances_every_ms", "20000"},
    OtherDefault{"desk.audits.verify_age_max_ms", "36000000"},
    OtherDefault{"desk.audits.queries_per_second", "500"},
    OtherDefault{"venue.kind", "simulated"},
    OtherDefault{"venue.orders_max", "32"},
    OtherDefault{"venue.messages_max", "128"},
    OtherDefault{"venue.history_max", "128"},
    OtherDefault{"venue.traits.requests_per_second", "1000"},
    OtherDefault{"venue.limits.max_orders_per_second", "1000"},
    OtherDefault{"instrument.maker_fee_bps", "0"},
    OtherDefault{"instrument.taker_fee_bps", "0"},
    OtherDefault{"instrument.limits.stale_mark_ms", "3600000"},
    OtherDefault{"group.hedged_within_ms", "600000"},
    OtherDefault{"xemm.refresh_age_ms", "1800000"},
};

// --- [scenario] ----------------------------------------------------------------------------------

constexpr std::array scenario_fields{
    Field{"name", Name, required, 0, 0, "", "how reports and traces call it"},
    Field{"subject", Text, "keel", 0, 0, "",
          "who trades: Keel's desk, or a naive twin (docs/incidents); --subject says otherwise"},
    Field{"needs", Texts, "", 0, 13, "",
          "what it takes of Keel and of the venues (docs/scenarios.md)"},
    Field{"faults", Texts, "", 0, 19, "",
          "kinds of fault that may happen, as docs/fault-model.md calls them; not set: the usual ones (docs/scenarios.md); []: none"},
    Field{"lost_tail_max", Integer, "2", 0, explore::lost_tail_most, "", "events that a crash may lose from the end of the record"},
    Field{"overtakings_max", Integer, "2", 0, 255, "", "how often a timer of the desk may fire while something is under way"},
    Field{"in_flight_max", Integer, "3", 1, 16, "",
          "timers wait while so many requests are on one way to a venue, which bounds how often the desk repeats itself"},
    Field{"delay_max_ms", Integer, "1500", 0, hour_ms, "", "nothing under way is heard later than this"},
    Field{"deeds_within_ms", Integer, "2000", 0, hour_ms, "", "the lanes are through by then: no timer fires later before"},
    Field{"horizon_s", Integer, "600", 1, 3'600, "", "no timer fires later: a search that gets here has not closed"},
    Field{"at_once", Flag, "true", 0, 0, "",
          "a request is at its venue as soon as it is sent, and a book at the desk as soon as it is published, unless a fault holds it back"},
    Field{"lease_ms", Integer, "", 1'000, hour_ms, "", "how long the desk's lease lasts from each renewal; not set: for ever"},
    Field{"renew_ms", Integer, "1000", 1, hour_ms, "", "how often it is renewed: sooner than it ends"},
};

// --- [[opening]], [[lane]], [[last]] -------------------------------------------------------------

constexpr std::array opening_fields{
    Field{"instrument", Text, required, 0, 0, "", "what is quoted, as venue/symbol"},
    Field{"bid", Decimal, required, 1, 0, "", "best bid, in quote currency"},
    Field{"bid_qty", Decimal, required, 0, 0, "", "size there, in base currency; 0: nobody bids"},
    Field{"ask", Decimal, required, 1, 0, "", "best offer, in quote currency"},
    Field{"ask_qty", Decimal, required, 0, 0, "", "size there, in base currency; 0: nobody offers"},
};
constexpr std::array lane_fields{
    Field{"name", Name, required, 0, 0, "", "how traces call it"},
};
constexpr std::array deed_fields{
    Field{"instrument", Text, "", 0, 0, "", "what is quoted or traded, as venue/symbol; of an act: whom it is about"},
    Field{"bid", Decimal, "", 1, 0, "", "a quote: best bid, in quote currency"},
    Field{"bid_qty", Decimal, "", 0, 0, "", "a quote: size there, in base currency; 0: nobody bids"},
    Field{"ask", Decimal, "", 1, 0, "", "a quote: best offer, in quote currency"},
    Field{"ask_qty", Decimal, "", 0, 0, "", "a quote: size there, in base currency; 0: nobody offers"},
    Field{"aggressor", Choice, "", 0, 0, "buy|sell", "a print, two others traded: who took"},
    Field{"px", Decimal, "", 1, 0, "", "a print: its price, in quote currency"},
    Field{"qty", Decimal, "", 1, 0, "", "a print, or a change that is not ours: its size, in base currency"},
    Field{"act", Choice, "", 0, 0,
          "halt|resume|wind_down|kill|reset_kill|assign_adjustment|release_freeze|accept_fill_gap",
          "what the operator does"},
    Field{"signal", Choice, "", 0, 0, "target|fair_value|funding|close", "a signal: what it says (docs/signals.md)"},
    Field{"value", Decimal, "", either_sign, 0, "", "a signal, but for a close: the position in base currency, the price in quote currency, or the funding in bps; a status: the price step, or what a unit is worth"},
    Field{"stop", Decimal, "", 1, 0, "", "a target: where a stop shall stand; not set: as the strategy is configured"},
    Field{"limit", Decimal, "", 1, 0, "", "a target: where a profit is taken; not set: as the strategy is configured"},
    Field{"valid_ms", Integer, "", 1, hour_ms, "", "a signal: says nothing any more so long after it is told; not set: as long as the search lasts"},
    Field{"outside", Choice, "", 0, 0, "manual|liquidation|adl",
          "a change that is not ours: the owner trades by hand, or the venue closes"},
    Field{"side", Choice, "", 0, 0, "buy|sell", "a change that is not ours: what it does with the position"},
    Field{"position_side", Choice, "", 0, 0, "long|short",
          "a trade by hand at a venue in hedge mode: which position it is about"},
    Field{"status", Choice, "", 0, 0, "price_step|halted|open|resolved",
          "a status that the venue gives the instrument: other price steps, halted, open again, or resolved"},
};

// clang-format on

template <std::size_t N>
Section section(std::string_view name, std::string_view doc, const std::array<Field, N>& fields) {
    Section out{.name = name, .doc = doc};
    out.field_data = fields.data();
    out.field_count = N;
    return out;
}
Section repeated(Section row, bool needed) {
    row.repeated = true;
    row.needed = needed;
    return row;
}

// The run's schema with left_out and other_defaults, and what is a scenario's own.
class Schema {
public:
    Schema() {
        Section config = derive(config_schema(), "");
        KEEL_ASSERT(changes_ == left_out.size() + other_defaults.size(),
                    "what a scenario has otherwise is in the run's schema, once");
        std::vector<Section> all(config.children().begin(), config.children().end());
        const Section scenario =
            section("scenario", "what may happen, and its bounds", scenario_fields);
        const Section opening =
            section("opening", "what the market shows before the search begins", opening_fields);
        const Section deed = section("deed",
                                     "a quote, a print or a status of a venue, an act of the "
                                     "operator, or a change that is not ours",
                                     deed_fields);
        const Section lane =
            section("lane", "what happens one after the other, at any time", lane_fields);
        const Section last =
            section("last", "a deed like any other, once all lanes are through", deed_fields);
        all.insert(all.begin(), scenario);
        all.push_back(repeated(opening, true));
        all.push_back(with(repeated(lane, false), {repeated(deed, true)}));
        all.push_back(repeated(last, false));
        root_ = with(Section{.name = "", .doc = "a scenario"}, std::move(all));
        kind_ = {.root = &root_, .explained_by = "docs/scenarios.md"};
    }

    [[nodiscard]] const Section& root() const { return root_; }
    [[nodiscard]] const FileKind& kind() const { return kind_; }

private:
    Section with(Section parent, std::vector<Section> children) {
        const std::vector<Section>& kept = sections_.emplace_back(std::move(children));
        parent.child_data = kept.data();
        parent.child_count = kept.size();
        return parent;
    }

    bool is_left_out(const std::string& path) {
        const bool is = std::ranges::find(left_out, path) != left_out.end();
        if (is) ++changes_;
        return is;
    }

    Section derive(Section from, const std::string& path) {
        const auto path_of = [&](std::string_view name) {
            return path.empty() ? std::string{name} : fmt::format("{}.{}", path, name);
        };
        std::vector<Field> fields;
        for (Field field : from.fields()) {
            const std::string key = path_of(field.key);
            if (is_left_out(key)) continue;
            const auto other = std::ranges::find(other_defaults, key, &OtherDefault::key);
            if (other != other_defaults.end()) {
                field.standard = other->standard;
                ++changes_;
            }
            fields.push_back(field);
        }
        std::vector<Section> children;
        for (const Section& child : from.children()) {
            const std::string name = path_of(child.name);
            if (!is_left_out(name)) children.push_back(derive(child, name));
        }
        const std::vector<Field>& kept = fields_.emplace_back(std::move(fields));
        from.field_data = kept.data();
        from.field_count = kept.size();
        return with(from, std::move(children));
    }

    std::deque<std::vector<Field>> fields_; // sections point into these
    std::deque<std::vector<Section>> sections_;
    std::size_t changes_ = 0;
    Section root_;
    FileKind kind_;
};

const Schema& schema() {
    static const Schema made;
    return made;
}

} // namespace

const Section& scenario_schema() { return schema().root(); }

const FileKind& scenario_kind() { return schema().kind(); }

std::span<const OtherDefault> scenario_defaults() { return other_defaults; }

std::span<const std::string_view> not_in_scenarios() { return left_out; }

} // namespace keel::app

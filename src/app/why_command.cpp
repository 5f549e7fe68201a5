#include "app/why_command.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "app/columns.hpp"
#include "app/config.hpp"
#include "app/order_ref.hpp"
#include "app/record_load.hpp"
#include "app/report.hpp"
#include "app/words.hpp"
#include "core/engine.hpp"
#include "strategy/desk.hpp"
#include "world/record_reader.hpp"

namespace keel::app {
namespace {

// What a replay brings to light about one order, and about which orders there are.
struct Trail {
    std::vector<Transition> transitions;
    std::optional<NewOrderSingle> sent;
    std::map<ClOrdID, std::uint64_t> orders; // every order with a transition: how many
    Timestamp start;                         // of the record: times are shown from it
    std::string note;                        // why the record was not read to its end
};

// Steps a desk through the events of a record. A ring's record begins with a snapshot.
Result<Trail> replay(const LoadedRecord& record, ClOrdID wanted) {
    Result<world::RecordReader> reader = world::RecordReader::open(record.bytes);
    if (!reader) return std::unexpected(reader.error());
    strategy::Desk desk{record.config.run.desk};
    Commands commands;
    commands.keep_transitions();
    Trail out;
    out.start = reader->header().start;
    bool is_started = false;
    for (;;) {
        Result<std::optional<world::RecordItem>> item = reader->next();
        if (!item) { // what came before the damage is still true
            out.note = item.error().text();
            return out;
        }
        if (!*item) return out;
        if (const auto* event = std::get_if<Event>(&**item)) {
            is_started = true;
            desk.step(*event, commands);
            for (const Transition& transition : commands.transitions()) {
                ++out.orders[transition.cl_ord_id];
                if (transition.cl_ord_id == wanted) out.transitions.push_back(transition);
            }
            for (const CommandBody& command : commands) {
                const auto* order = std::get_if<NewOrderSingle>(&command);
                if (order != nullptr && order->cl_ord_id == wanted) out.sent = *order;
            }
        } else if (const auto* snapshot = std::get_if<world::RecordedSnapshot>(&**item);
                   snapshot != nullptr && !is_started) {
            if (snapshot->words.size() != desk.words().size()) {
                return fail("the record's snapshot does not fit this build; use the build that "
                            "made it");
            }
            desk.load(snapshot->words);
        }
    }
}

std::string time_text(Duration since) {
    return fmt::format("{}.{:06}", since.value() / 1'000'000'000,
                       since.value() / 1'000 % 1'000'000);
}

std::string pending_text(std::uint8_t set) {
    std::string out;
    const auto add = [&](std::uint8_t bit, std::string_view name) {
        if ((set & bit) != 0) out += fmt::format("{}{}", out.empty() ? "" : "+", name);
    };
    add(pending::create, "create");
    add(pending::cancel, "cancel");
    add(pending::amend, "amend");
    add(pending::query, "query");
    return out.empty() ? "-" : out;
}

std::string base_qty(Lots lots, const Instrument& spec) {
    const Result<Decimal> qty = times(lots.value(), spec.lot_size);
    return qty ? to_string(*qty) : fmt::format("{} lots", lots.value());
}

const core::InstrumentConfig* instrument_of(const LoadedConfig& config, InstrumentIx ix) {
    const auto& all = config.run.desk.engine.instruments;
    return ix.value() < all.size() ? &all[ix.value()] : nullptr;
}

std::string heading(const LoadedConfig& config, ClOrdID id, const Trail& trail) {
    std::string out = fmt::format("Order {} (packed {})", order_text(id), id.packed());
    const Transition& first = trail.transitions.front();
    const core::InstrumentConfig* one = instrument_of(config, first.instrument);
    if (one == nullptr) return out + '\n';
    const std::string& venue = config.run.desk.engine.venues[one->instrument.venue.value()].name;
    out += fmt::format(" on {}/{}", venue, one->instrument.symbol);
    if (trail.sent) {
        const NewOrderSingle& order = *trail.sent;
        const Result<Decimal> px = times(order.px.value(), one->instrument.tick_size);
        out += fmt::format(": {} {} @ {}{}{}{}", to_string(order.side),
                           base_qty(order.qty, one->instrument), px ? to_string(*px) : "?",
                           order.tif == TimeInForce::Ioc ? ", IOC" : "",
                           order.post_only != 0 ? ", post-only" : "",
                           order.reduce_only != 0 ? ", reduce-only" : "");
    }
    return out + fmt::format("\nCorrelation {}, {} {}\n\n", first.correlation.value(),
                             trail.transitions.size(),
                             trail.transitions.size() == 1 ? "transition" : "transitions");
}

std::string table(const LoadedConfig& config, const Trail& trail) {
    Columns out{"", "rrlllr"};
    out.add({"event", "time s", "why", "status", "pending", "cum", "leaves"});
    for (const Transition& t : trail.transitions) {
        const core::InstrumentConfig* one = instrument_of(config, t.instrument);
        const auto qty = [&](Lots lots) {
            return one != nullptr ? base_qty(lots, one->instrument) : fmt::to_string(lots.value());
        };
        const auto changed = [](std::string_view from, std::string_view to) {
            return from == to ? std::string{to} : fmt::format("{} -> {}", from, to);
        };
        out.add({fmt::to_string(t.seq), time_text(t.at - trail.start),
                 std::string{core::to_string(static_cast<core::Why>(t.why))},
                 changed(to_string(t.old_status), to_string(t.new_status)),
                 changed(pending_text(t.old_pending), pending_text(t.new_pending)), qty(t.cum_qty),
                 qty(t.leaves_qty)});
    }
    return out.text();
}

// The orders that come next before and after the wanted one.
std::string nearest_orders(const Trail& trail, ClOrdID wanted) {
    if (trail.orders.empty()) return "The record holds no order.\n";
    constexpr int each_way = 3;
    const auto after = trail.orders.lower_bound(wanted);
    auto first = after;
    for (int i = 0; i < each_way && first != trail.orders.begin(); ++i) --first;
    auto last = after;
    for (int i = 0; i < each_way && last != trail.orders.end(); ++i) ++last;
    std::string out = fmt::format("It holds {} orders; the nearest are", trail.orders.size());
    for (auto at = first; at != last; ++at) out += " " + order_text(at->first);
    return out + '\n';
}

} // namespace

ExitCode why(const WhyOptions& options, const Console& console) {
    const auto refuse = [&](std::string_view text) {
        console.say(fmt::format("keel: {}\n", text));
        return ExitCode::Usage;
    };
    const Result<ClOrdID> id = parse_order(options.order);
    if (!id) return refuse(id.error().text());
    const Result<LoadedRecord> record = load_record(options.record_path);
    if (!record) return refuse(record.error().text());
    const LoadedConfig& config = record->config;
    const Result<Trail> trail = replay(*record, *id);
    if (!trail) return refuse(trail.error().while_doing(options.record_path).text());
    if (!trail->note.empty()) {
        console.say(fmt::format("keel: {}: {}; what came before it was used\n", options.record_path,
                                trail->note));
    }
    if (trail->transitions.empty()) {
        console.say(fmt::format("keel: order {} is not in {}\n{}", order_text(*id),
                                options.record_path, nearest_orders(*trail, *id)));
        return ExitCode::Usage;
    }
    console.result(heading(config, *id, *trail) + table(config, *trail));
    return ExitCode::Good;
}

} // namespace keel::app

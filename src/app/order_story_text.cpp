#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "app/alarm_text.hpp"
#include "app/amounts.hpp"
#include "app/columns.hpp"
#include "app/order_ref.hpp"
#include "app/order_story.hpp"
#include "app/order_words.hpp"
#include "app/words.hpp"

namespace keel::app {
namespace {

using core::Cause;
using core::Guard;
using core::Why;

class Teller {
public:
    Teller(const LoadedConfig& config, const OrderStory& story)
        : config_(config), story_(story), amounts_(config.run.desk.engine) {}

    std::string heading() const {
        const StoryOrder& one = story_.orders.at(story_.wanted);
        std::string out =
            fmt::format("Order {} (packed {})", order_text(story_.wanted), story_.wanted.packed());
        if (spec(one.instrument) == nullptr) return out + '\n';
        out +=
            fmt::format(" on {}: {}{}{}{}{}\n", place(one.instrument), asked(one),
                        one.tif == TimeInForce::Ioc ? ", IOC" : "",
                        one.post_only ? ", post-only" : "", one.reduce_only ? ", reduce-only" : "",
                        one.sent_at ? "" : ", sent before the record begins");
        out += fmt::format("{}, correlation {}", owner(one), one.correlation.value());
        if (one.cancels > 0) out += fmt::format(", {} sent", counted(one.cancels, "cancel"));
        if (one.questions > 0) out += fmt::format(", {} sent", counted(one.questions, "question"));
        out += '\n';
        for (std::size_t n = 0; n < story_.signal.size(); ++n) {
            const StoryBook& b = story_.signal[n];
            out += fmt::format("{}{} {} / {}", n == 0 ? "When it was sent: " : ", ",
                               place(b.instrument), touch(b, b.book.bid_px, b.book.bid_qty),
                               touch(b, b.book.ask_px, b.book.ask_qty));
        }
        return out + (story_.signal.empty() ? "\n" : "\n\n");
    }

    std::string lines() const {
        Columns out{"", "rrllrrl"};
        out.add({"event", "time s", "status", "pending", "cum", "leaves", "why"});
        for (const StoryLine& line : story_.lines) {
            const Transition& t = line.transition;
            out.add({fmt::to_string(t.seq), time_text(t.at - story_.start),
                     changed(to_string(t.old_status), to_string(t.new_status)),
                     changed(pending_text(t.old_pending), pending_text(t.new_pending)),
                     qty(t.instrument, t.cum_qty), qty(t.instrument, t.leaves_qty), why(line)});
        }
        return out.text();
    }

    std::string same_correlation() const {
        const CorrelationID correlation = story_.orders.at(story_.wanted).correlation;
        Columns rows{"  ", "lrllrrl"};
        rows.add({"order", "time s", "for", "what", "cum", "average", "status"});
        Int128 net = 0;
        InstrumentIx of;
        for (const auto& [id, one] : story_.orders) {
            if (one.correlation != correlation || spec(one.instrument) == nullptr) continue;
            rows.add({order_text(id) + (id == story_.wanted ? " *" : ""),
                      one.sent_at ? time_text(*one.sent_at - story_.start) : "?",
                      std::string{core::to_string(one.cause)},
                      fmt::format("{} on {}", asked(one), place(one.instrument)),
                      qty(one.instrument, one.cum), average(one),
                      std::string{to_string(one.status)}});
            const Int128 units = Int128{one.cum.value()} * spec(one.instrument)->units_per_lot;
            net += one.side == Side::Buy ? units : -units;
            of = one.instrument;
        }
        return "\nFrom signal to hedge, all with this correlation:\n" + rows.text() +
               net_text(net, of);
    }

    std::string alarms() const {
        std::string out;
        const CorrelationID correlation = story_.orders.at(story_.wanted).correlation;
        for (const StoryAlarm& one : story_.alarms) {
            const auto about = story_.orders.find(one.alarm.cl_ord_id);
            if (about == story_.orders.end() ? !is_ours(one)
                                             : about->second.correlation != correlation) {
                continue;
            }
            const AlarmWords words = app::words_of(one.alarm, config_.run);
            if (out.empty()) out = "\nAlarms meanwhile:\n";
            out += fmt::format("  {:>10}  {}{}\n", time_text(one.at - story_.start), words.what,
                               words.release.empty() ? "" : "; released by " + words.release);
        }
        return out;
    }

private:
    const Instrument* spec(InstrumentIx i) const { return amounts_.spec(i); }
    std::string place(InstrumentIx i) const { return amounts_.place(i); }
    std::string qty(InstrumentIx i, Lots lots) const { return amounts_.qty(i, lots); }
    std::string price(InstrumentIx i, Ticks px) const { return amounts_.price(i, px); }
    std::string touch(const StoryBook& b, Ticks px, Lots size) const {
        return size > Lots{0} ? price(b.instrument, px) : "nobody";
    }
    std::string asked(const StoryOrder& one) const {
        return fmt::format("{} {} @ {}", to_string(one.side), qty(one.instrument, one.qty),
                           price(one.instrument, one.px));
    }
    // Of its fills, to a hundredth of a tick.
    std::string average(const StoryOrder& one) const {
        if (one.cum <= Lots{0} || !one.is_value_known) return one.cum > Lots{0} ? "?" : "-";
        const Int128 hundredths = one.value * 100 / one.cum.value();
        const Decimal tick = spec(one.instrument)->tick_size;
        const auto exact =
            times(static_cast<std::int64_t>(hundredths), Decimal{tick.mantissa, tick.scale + 2});
        return exact ? shown(*exact) : "?";
    }
    // "For btc: quote (pacifica/BTC hedged on hyperliquid/BTC)"
    std::string owner(const StoryOrder& one) const {
        const std::string role{one.cause == Cause::None ? "order" : core::to_string(one.cause)};
        for (const strategy::XemmConfig& pair : config_.run.desk.xemm) {
            if (pair.maker != one.instrument && pair.hedge != one.instrument) continue;
            return fmt::format("For {}: {} ({} hedged on {})", pair.name, role, place(pair.maker),
                               place(pair.hedge));
        }
        const strategy::DeskConfig& desk = config_.run.desk;
        for (const strategy::BracketConfig& bracket : desk.bracket) {
            if (bracket.instrument == one.instrument) {
                return fmt::format("For bracket {}: {}", bracket.name, role);
            }
        }
        for (const strategy::PairConfig& two : desk.pair) {
            if (two.first == one.instrument || two.second == one.instrument) {
                return fmt::format("For pair {}: {}", two.name, role);
            }
        }
        for (const strategy::GuardianConfig& guardian : desk.guardian) {
            if (std::ranges::find(guardian.watch, one.instrument) != guardian.watch.end()) {
                return fmt::format("For guardian {}: {}", guardian.name, role);
            }
        }
        for (const strategy::QuoterConfig& quoter : desk.quoter) {
            if (quoter.first == one.instrument || quoter.second == one.instrument) {
                return fmt::format("For quoter {}: {}", quoter.name, role);
            }
        }
        return "For no strategy: " + role;
    }

    static std::string counted(std::uint64_t n, std::string_view word) {
        return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
    }
    static std::string changed(std::string_view from, std::string_view to) {
        return from == to ? std::string{to} : fmt::format("{} -> {}", from, to);
    }

    std::string why(const StoryLine& line) const {
        const Transition& t = line.transition;
        const auto cause = static_cast<Cause>(t.cause);
        switch (static_cast<Why>(t.why)) {
        case Why::Sent: return fmt::format("sent: {}", core::to_string(cause));
        case Why::Report: return reported(line);
        case Why::Answer: return answered(t.heard);
        case Why::Query: {
            const bool found = t.heard.reason != Reason::UnknownOrder;
            return fmt::format("{}: {}", words_of(t.heard.request), found ? "found" : "not found");
        }
        case Why::Timeout: return "no answer in time: asked what became of it";
        case Why::Cancel: return canceled(t, cause);
        case Why::Amend:
            if (!line.amend) return "amend asked";
            return fmt::format("amend asked: {} @ {}", qty(t.instrument, line.amend->qty),
                               price(t.instrument, line.amend->px));
        case Why::Settled: return "settled: its fills are complete";
        case Why::Boot: return "restart: what became of it is unknown";
        }
        std::unreachable();
    }

    static std::string answered(const Heard& heard) {
        const auto what = words_of(heard.request);
        switch (heard.outcome) {
        case Outcome::Accepted: return fmt::format("{} accepted", what);
        case Outcome::Refused: return fmt::format("{} refused: {}", what, words_of(heard.reason));
        case Outcome::Unknown:
            return fmt::format("{}, outcome unknown: {}", what, words_of(heard.reason));
        }
        std::unreachable();
    }

    static std::string canceled(const Transition& t, Cause cause) {
        std::string ground{core::to_string(cause)};
        if (cause == Cause::Guard) {
            const core::GuardInfo& guard = core::info(static_cast<Guard>(t.guard));
            ground = fmt::format("{} pulls quotes", guard.name);
        }
        const bool left = (t.new_pending & pending::cancel) != 0;
        return fmt::format("{}: {}", left ? "cancel asked" : "not wanted, and nothing can be sent",
                           ground);
    }

    std::string reported(const StoryLine& line) const {
        const Transition& t = line.transition;
        if (!line.report) return std::string{to_string(t.heard.exec_type)};
        const ExecutionReport& r = *line.report;
        std::string out;
        switch (r.exec_type) {
        case ExecType::Trade:
            out = fmt::format("fill {}: {} @ {}", id_text(r.exec_id), qty(t.instrument, r.last_qty),
                              price(t.instrument, r.last_px));
            break;
        case ExecType::TradeCancel: out = fmt::format("fill {} busted", id_text(r.exec_id)); break;
        case ExecType::TradeCorrect:
            out = fmt::format("fill {} corrected to {} @ {}", id_text(r.exec_id),
                              qty(t.instrument, r.last_qty), price(t.instrument, r.last_px));
            break;
        case ExecType::New:
        case ExecType::Canceled:
        case ExecType::Rejected:
        case ExecType::Expired:
        case ExecType::Replaced:
        case ExecType::Restated:
        case ExecType::Status: out = to_string(r.exec_type); break;
        }
        if (r.reason != Reason::None) out += fmt::format(": {}", words_of(r.reason));
        if (r.has_cum_qty != 0 && r.exec_type != ExecType::Trade) {
            out += fmt::format(", {} filled", qty(t.instrument, r.cum_qty));
        }
        return out + fmt::format(" ({})", words_of(r.source));
    }

    // An alarm about hedges of the wanted order's group, while the order's story was told.
    bool is_ours(const StoryAlarm& one) const {
        const StoryOrder& wanted = story_.orders.at(story_.wanted);
        const auto& lines = story_.lines;
        if (lines.empty() || one.seq < lines.front().transition.seq) return false;
        if (one.seq > lines.back().transition.seq) return false;
        for (const core::GroupConfig& group : config_.run.desk.engine.groups) {
            if (group.hedge_via != one.alarm.instrument) continue;
            return std::ranges::find(group.members, wanted.instrument) != group.members.end();
        }
        return false;
    }

    std::string net_text(Int128 net, InstrumentIx of) const {
        for (const core::GroupConfig& group : config_.run.desk.engine.groups) {
            if (std::ranges::find(group.members, of) == group.members.end()) continue;
            const Decimal left{static_cast<std::int64_t>(net), group.unit_scale};
            const std::string& base = config_.run.bases[of.value()];
            if (net == 0) return fmt::format("Together: 0 {}\n", base);
            return fmt::format("Together: {} {}; orders of other correlations have the rest, or it "
                               "is below what the hedge venue takes\n",
                               shown(left), base);
        }
        return {};
    }

    const LoadedConfig& config_;
    const OrderStory& story_;
    InstrumentTexts amounts_;
};

// Where the wanted order would stand among those there are.
std::string near_text(const OrderStory& story) {
    if (story.orders.empty()) return "The record holds no order.\n";
    const ClOrdID wanted = story.wanted;
    const auto is_of_its_life = [&](ClOrdID id) {
        return id.desk() == wanted.desk() && id.epoch() == wanted.epoch();
    };
    std::string out;
    const auto after = story.orders.lower_bound(wanted);
    const bool is_beyond = after == story.orders.end() || !is_of_its_life(after->first);
    if (is_beyond && after != story.orders.begin()) {
        const ClOrdID before = std::prev(after)->first;
        const bool crashed = after != story.orders.end() && after->first.desk() == wanted.desk();
        if (is_of_its_life(before)) {
            out =
                fmt::format("{} {}.\n",
                            crashed ? "If it was sent, the crash lost it; the last order known of "
                                      "its life is"
                                    : "It was never sent: the last order of its life is",
                            order_text(before));
        }
    }
    if (after == story.orders.begin() && story.after_seq != 0) {
        out = fmt::format("The record begins behind event {}: it may have ended before.\n",
                          story.after_seq);
    }
    constexpr int each_way = 3;
    auto first = after;
    for (int i = 0; i < each_way && first != story.orders.begin(); ++i) --first;
    auto last = after;
    for (int i = 0; i < each_way && last != story.orders.end(); ++i) ++last;
    out += fmt::format("It holds {} orders; the nearest are", story.orders.size());
    for (auto at = first; at != last; ++at) out += " " + order_text(at->first);
    return out + '\n';
}

std::string held_text(const OrderStory& story) {
    if (story.held.empty()) return {};
    Columns rows{"  ", "lllrrrrl"};
    rows.add({"pair", "side", "guard", "times", "in all", "first s", "last s", "released by"});
    for (const HeldSide& one : story.held) {
        const core::GuardInfo& guard = core::info(one.guard);
        rows.add({one.pair, std::string{to_string(one.side)}, std::string{guard.name},
                  fmt::to_string(one.times), to_string(one.in_all),
                  time_text(one.first - story.start), time_text(one.last - story.start),
                  std::string{guard.release}});
    }
    return "An order that the gate holds back gets no id. What held quotes back:\n" + rows.text();
}

} // namespace

std::string story_text(const LoadedConfig& config, const OrderStory& story) {
    const Teller teller{config, story};
    return teller.heading() + teller.lines() + teller.same_correlation() + teller.alarms();
}

std::string missing_text(const OrderStory& story) { return near_text(story) + held_text(story); }

} // namespace keel::app

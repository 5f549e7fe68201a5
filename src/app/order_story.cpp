#include "app/order_story.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "strategy/desk.hpp"
#include "world/record_reader.hpp"

namespace keel::app {
namespace {

using core::Cause;
using core::Why;

// What keeps each side of each pair from being quoted, event by event.
class HeldWatch {
public:
    explicit HeldWatch(const strategy::DeskConfig& desk) {
        for (const strategy::XemmConfig& one : desk.xemm) {
            const auto add = [&](Side side, bool quotes) {
                sides_.push_back({one.name, one.maker, one.hedge, side, quotes, {}, {}});
            };
            add(Side::Buy, one.sides != strategy::Sides::SellOnly);
            add(Side::Sell, one.sides != strategy::Sides::BuyOnly);
        }
    }

    void look(const core::Engine& engine, Timestamp now) {
        for (std::uint32_t n = 0; n < sides_.size(); ++n) {
            OneSide& one = sides_[n];
            const core::Guard guard =
                one.quotes ? holding(engine, one, core::IntentIx{n}) : core::Guard::None;
            if (one.now != core::Guard::None) row(one, now).in_all += now - one.looked_at;
            if (guard != one.now) {
                one.now = guard;
                if (guard != core::Guard::None) ++row(one, now).times;
            }
            if (guard != core::Guard::None) row(one, now).last = now;
            one.looked_at = now;
        }
    }
    [[nodiscard]] std::vector<HeldSide> rows() && { return std::move(rows_); }

private:
    struct OneSide { // the desk announces a buy and a sell intent for each pair, in order
        std::string pair;
        InstrumentIx maker;
        InstrumentIx hedge;
        Side side = Side::Buy;
        bool quotes = true;
        core::Guard now = core::Guard::None;
        Timestamp looked_at;
    };

    static core::Guard holding(const core::Engine& engine, const OneSide& one, core::IntentIx ix) {
        const core::Intent& wanted = engine.intent(ix);
        if (engine.order_of(ix) != nullptr || engine.desk().winding_down != 0) {
            return core::Guard::None;
        }
        if (wanted.want_qty != Lots{0}) return static_cast<core::Guard>(wanted.blocked_by);
        // It does not even ask.
        const std::uint64_t on = engine.guards_on(one.maker) | engine.guards_on(one.hedge);
        return on == 0 ? core::Guard::None : static_cast<core::Guard>(__builtin_ctzll(on));
    }

    HeldSide& row(const OneSide& one, Timestamp now) {
        for (HeldSide& each : rows_) {
            if (each.pair == one.pair && each.side == one.side && each.guard == one.now) {
                return each;
            }
        }
        return rows_.emplace_back(HeldSide{
            .pair = one.pair, .side = one.side, .guard = one.now, .first = now, .last = now});
    }

    std::vector<OneSide> sides_;
    std::vector<HeldSide> rows_;
};

Cause cause_of(core::Role role) {
    switch (role) {
    case core::Role::Quote: return Cause::Quote;
    case core::Role::Hedge: return Cause::Hedge;
    case core::Role::Close: return Cause::Close;
    case core::Role::Sweep: return Cause::Sweep;
    case core::Role::Recovered: return Cause::Recovered;
    case core::Role::Protect: return Cause::Protect;
    }
    std::unreachable();
}

bool is_about_hedges(AlarmKind kind) {
    return kind == AlarmKind::HedgeRefused || kind == AlarmKind::HedgeOverdue;
}

class StoryReader {
public:
    StoryReader(const LoadedRecord& record, ClOrdID wanted)
        : config_(record.config.run.desk), desk_(config_), held_(config_) {
        story_.wanted = wanted;
        story_.start = record.header.start;
        commands_.keep_transitions();
    }

    void step(const Event& event) {
        desk_.step(event, commands_);
        for (const CommandBody& body : commands_) take(body, event);
        for (const Transition& t : commands_.transitions()) take(t, event);
        held_.look(desk_.engine(), event.at);
    }
    // What a ring's record begins with: orders that were sent before it.
    [[nodiscard]] Result<void> load(const world::RecordedSnapshot& snapshot) {
        if (snapshot.words.size() != desk_.words().size()) {
            return fail("the record's snapshot does not fit this build; use the build that made "
                        "it");
        }
        desk_.load(snapshot.words);
        story_.after_seq = snapshot.seq;
        desk_.engine().each_order([&](const core::Order& o) {
            StoryOrder& one = story_.orders[o.cl_ord_id];
            describe(one, o);
            one.is_value_known = false; // fills before the record are not in it
            one.cum = desk_.engine().cum_qty(o);
        });
        return {};
    }
    [[nodiscard]] OrderStory finish(std::string note) && {
        story_.note = std::move(note);
        story_.held = std::move(held_).rows();
        return std::move(story_);
    }

private:
    static void describe(StoryOrder& one, const core::Order& o) {
        one.correlation = o.correlation;
        one.cause = cause_of(o.role);
        one.instrument = o.instrument;
        one.side = o.side;
        one.px = o.px;
        one.qty = o.qty;
        one.tif = o.tif;
        one.post_only = (o.flags & core::order_flag::post_only) != 0;
        one.reduce_only = (o.flags & core::order_flag::reduce_only) != 0;
        one.status = o.status;
    }

    void take(const CommandBody& body, const Event& event) {
        if (const auto* sent = std::get_if<NewOrderSingle>(&body)) {
            StoryOrder& one = story_.orders[sent->cl_ord_id];
            one = {.correlation = sent->correlation,
                   .sent_at = event.at,
                   .instrument = sent->instrument,
                   .side = sent->side,
                   .px = sent->px,
                   .qty = sent->qty,
                   .tif = sent->tif,
                   .post_only = sent->post_only != 0,
                   .reduce_only = sent->reduce_only != 0};
            if (sent->cl_ord_id == story_.wanted) note_signal(sent->instrument);
        } else if (const auto* cancel = std::get_if<OrderCancelRequest>(&body)) {
            ++story_.orders[cancel->cl_ord_id].cancels;
        } else if (const auto* question = std::get_if<OrderStatusRequest>(&body)) {
            ++story_.orders[question->cl_ord_id].questions;
        } else if (const auto* alarm = std::get_if<Alarm>(&body)) {
            if (!alarm->cl_ord_id.is_none() || is_about_hedges(alarm->kind)) {
                story_.alarms.push_back({event.seq, event.at, *alarm});
            }
        }
    }

    void take(const Transition& t, const Event& event) {
        StoryOrder& one = story_.orders[t.cl_ord_id];
        const auto why = static_cast<Why>(t.why);
        const auto* report = std::get_if<ExecutionReport>(&event.body);
        if (one.correlation.is_none()) { // it turned up: no record of ours has its beginning
            if (const core::Order* o = desk_.engine().recall_order(t.cl_ord_id)) describe(one, *o);
            one.correlation = t.correlation;
            one.instrument = t.instrument;
        }
        if (why == Why::Sent) one.cause = static_cast<Cause>(t.cause);
        if (t.cum_qty != one.cum) {
            const bool is_fill = report != nullptr && report->exec_type == ExecType::Trade &&
                                 report->last_px > Ticks{0} && t.cum_qty > one.cum;
            one.is_value_known = one.is_value_known && is_fill;
            if (is_fill) {
                one.value += Int128{(t.cum_qty - one.cum).value()} * report->last_px.value();
            }
            one.cum = t.cum_qty;
        }
        one.status = t.new_status;
        if (t.cl_ord_id != story_.wanted) return;
        StoryLine line{t, {}, {}};
        if (why == Why::Report && report != nullptr) line.report = *report;
        for (const CommandBody& body : commands_) {
            const auto* amend = std::get_if<OrderCancelReplaceRequest>(&body);
            if (why == Why::Amend && amend != nullptr && amend->cl_ord_id == t.cl_ord_id) {
                line.amend = *amend;
            }
        }
        story_.lines.push_back(line);
    }

    void note_signal(InstrumentIx of) {
        const core::Engine& engine = desk_.engine();
        for (const core::GroupConfig& group : config_.engine.groups) {
            if (std::ranges::find(group.members, of) == group.members.end()) continue;
            for (const InstrumentIx member : group.members) {
                story_.signal.push_back({member, engine.book(member)});
            }
        }
    }

    const strategy::DeskConfig& config_;
    strategy::Desk desk_;
    Commands commands_;
    HeldWatch held_;
    OrderStory story_;
};

} // namespace

Result<OrderStory> read_story(const LoadedRecord& record, ClOrdID wanted) {
    Result<world::RecordReader> reader = world::RecordReader::open(record.bytes);
    if (!reader) return std::unexpected(reader.error());
    StoryReader story{record, wanted};
    bool is_started = false;
    for (;;) {
        Result<std::optional<world::RecordItem>> item = reader->next();
        // What came before the damage is still true.
        if (!item) return std::move(story).finish(item.error().text());
        if (!*item) return std::move(story).finish({});
        if (const auto* event = std::get_if<Event>(&**item)) {
            is_started = true;
            story.step(*event);
        } else if (const auto* snapshot = std::get_if<world::RecordedSnapshot>(&**item);
                   snapshot != nullptr && !is_started) {
            if (const auto loaded = story.load(*snapshot); !loaded) {
                return std::unexpected(loaded.error());
            }
        }
    }
}

} // namespace keel::app

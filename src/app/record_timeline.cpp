#include "app/record_timeline.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "app/alarm_text.hpp"
#include "app/belief_words.hpp"
#include "app/notice_text.hpp"
#include "app/order_ref.hpp"
#include "app/order_story.hpp"
#include "app/order_words.hpp"
#include "app/record_messages.hpp"
#include "app/signal_numbers.hpp"
#include "app/words.hpp"
#include "strategy/desk.hpp"
#include "world/record_reader.hpp"

namespace keel::app {
namespace {

using core::Cause;
using core::Why;
using timeline::Note;
using timeline::NoteKind;

// What a record holds, and when: read without a desk.
struct Extent {
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    Timestamp last;
    std::optional<Timestamp> around; // the time of the event asked for
};

Result<Extent> extent_of(const LoadedRecord& record, std::optional<std::uint64_t> around) {
    Result<world::RecordReader> reader = world::RecordReader::open(record.bytes);
    if (!reader) return std::unexpected(reader.error());
    Extent out;
    for (;;) {
        const auto item = reader->next();
        if (!item || !*item) break; // what is wrong with it is said by who draws it
        const auto* event = std::get_if<Event>(&**item);
        if (event == nullptr) continue;
        if (out.first_seq == 0) out.first_seq = event->seq;
        out.last_seq = event->seq;
        out.last = event->at;
        if (around && event->seq == *around) out.around = event->at;
    }
    return out;
}

struct Window {
    Timestamp from;
    Timestamp to;
    [[nodiscard]] bool contains(Timestamp at) const { return from <= at && at <= to; }
};

std::string utc_text(Timestamp at) {
    using namespace std::chrono;
    const sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds{at.ns()}};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{floor<std::chrono::microseconds>(time - day)};
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06} UTC",
                       static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

class TimelineReader {
public:
    TimelineReader(const LoadedRecord& record, const TimelineSelection& selection, Window window,
                   std::set<ClOrdID> orders)
        : record_(record), config_(record.config.run), selection_(selection), window_(window),
          orders_(std::move(orders)), desk_(config_.desk), texts_(config_.desk.engine),
          messages_(config_.desk.engine), shown_(config_.desk.engine.groups.size()) {
        step_.keep_transitions();
    }

    [[nodiscard]] Result<void> load(const world::RecordedSnapshot& snapshot) {
        if (snapshot.words.size() != desk_.words().size()) {
            return fail("the record's snapshot does not fit this build; use the build that made "
                        "it");
        }
        desk_.load(snapshot.words);
        return {};
    }

    void hear(const Event& event) {
        desk_.step(event, step_);
        const bool in_time = window_.contains(event.at);
        is_drawn_ = in_time && is_wanted(event);
        if (const auto* link = std::get_if<LinkReport>(&event.body)) {
            if (in_time) messages_.hear_link(*link, event.at, event.seq, orders_.empty());
            is_drawn_ = is_drawn_ || (in_time && orders_.empty());
        } else {
            const bool is_book = std::holds_alternative<BookTop>(event.body);
            if (is_drawn_ && is_book && !selection_.market && step_.transitions().empty()) {
                ++books_;
                is_drawn_ = false;
            }
            messages_.hear(event, is_drawn_);
        }
        if (is_drawn_) note_desk(event);
        if (in_time) note_orders(event.seq, event.at);
        note_groups(event, in_time);
    }

    void take(const world::RecordedCommand& sent) {
        if (const auto* alarm = std::get_if<Alarm>(&sent.body)) {
            note_alarm(*alarm, sent);
            return;
        }
        if (const auto* notice = std::get_if<Notice>(&sent.body)) {
            if (orders_.empty() && window_.contains(sent.at)) {
                notes_.push_back({sent.at, sent.seq, NoteKind::Group,
                                  app::words_of(*notice, config_.desk.engine, config_.bases)});
            }
            return;
        }
        const ClOrdID order = app::order_of(sent.body);
        const bool is_drawn = window_.contains(sent.at) && is_of_selection(order);
        messages_.send(sent.body, sent.at, sent.seq, cause_of(order), is_drawn);
    }

    [[nodiscard]] Result<RecordTimeline> finish(std::string note) && {
        std::move(messages_).finish(out_);
        out_.notes = std::move(notes_);
        if (out_.messages.empty() && out_.notes.empty()) return fail(nothing_text());
        if (out_.messages.size() > selection_.messages_max) return fail(too_many_text());
        write_head(note);
        return RecordTimeline{std::move(out_), std::move(note)};
    }

private:
    [[nodiscard]] bool is_of_selection(ClOrdID id) const {
        return orders_.empty() || orders_.contains(id);
    }
    // Without an order everything is; with one what names it, changes it, or answers what is drawn.
    [[nodiscard]] bool is_wanted(const Event& event) const {
        if (orders_.empty()) return true;
        if (orders_.contains(messages_.order_of(event.body))) return true;
        if (messages_.answers_drawn(event.body)) return true;
        return std::ranges::any_of(step_.transitions(), [&](const Transition& t) {
            return orders_.contains(t.cl_ord_id);
        });
    }
    // Why it was sent or canceled, as the desk's own trail says.
    [[nodiscard]] std::string cause_of(ClOrdID order) const {
        for (const Transition& t : step_.transitions()) {
            const auto why = static_cast<Why>(t.why);
            if (t.cl_ord_id != order || (why != Why::Sent && why != Why::Cancel)) continue;
            const auto cause = static_cast<Cause>(t.cause);
            if (cause == Cause::None) continue;
            if (cause != Cause::Guard) return std::string{core::to_string(cause)};
            return fmt::format("{} pulls quotes",
                               core::info(static_cast<core::Guard>(t.guard)).name);
        }
        return {};
    }

    void add(const Event& event, NoteKind kind, std::string text) {
        notes_.push_back({event.at, event.seq, kind, std::move(text)});
    }

    void note_desk(const Event& event) {
        if (const auto* boot = std::get_if<Boot>(&event.body)) {
            add(event, NoteKind::Desk,
                fmt::format("{}, epoch {}", boot->restart != 0 ? "restart" : "start", boot->epoch));
        } else if (const auto* lease = std::get_if<LeaseGrant>(&event.body)) {
            add(event, NoteKind::Desk,
                fmt::format("lease for {} until {}",
                            config_.desk.engine.accounts[lease->account.value()].name,
                            time_text(lease->until - record_.header.start)));
        } else if (const auto* act = std::get_if<OperatorAct>(&event.body)) {
            add(event, NoteKind::Desk, fmt::format("operator: {}", app::words_of(act->act)));
        } else if (const auto* signal = std::get_if<Signal>(&event.body)) {
            add(event, NoteKind::Desk, "signal: " + signal_words(texts_, *signal));
        }
    }

    // One line for an order and a step, and none that says what the last one did.
    void note_orders(std::uint64_t step, Timestamp at) {
        struct Change {
            const Transition* first = nullptr;
            const Transition* last = nullptr;
            std::string more;
        };
        std::map<ClOrdID, Change> changes;
        std::vector<ClOrdID> in_order;
        for (const Transition& t : step_.transitions()) {
            if (!is_of_selection(t.cl_ord_id)) continue;
            Change& one = changes[t.cl_ord_id];
            if (one.first == nullptr) {
                one.first = &t;
                in_order.push_back(t.cl_ord_id);
            }
            one.last = &t;
            if (static_cast<Why>(t.why) == Why::Settled) one.more = ", settled";
            if (static_cast<Why>(t.why) == Why::Timeout) one.more = ", no answer in time";
        }
        for (const ClOrdID id : in_order) {
            const Change& one = changes[id];
            const Transition& t = *one.last;
            const bool is_same = one.first->old_status == t.new_status;
            const std::string state = state_words(
                texts_, {t.instrument, t.new_status, t.cum_qty, t.leaves_qty, t.new_pending});
            if (std::exchange(said_[id], state) == state && one.more.empty()) continue;
            const std::string from =
                is_same ? "" : fmt::format("{} -> ", to_string(one.first->old_status));
            notes_.push_back({at, step, NoteKind::Order,
                              fmt::format("{}  {}{}{}", order_text(id), from, state, one.more)});
        }
    }

    void note_groups(const Event& event, bool in_time) {
        const auto& groups = config_.desk.engine.groups;
        for (std::uint32_t g = 0; g < groups.size(); ++g) {
            std::string text = group_words(desk_.engine(), GroupIx{g});
            if (text == shown_[g]) continue;
            if (in_time && is_drawn_ && concerns(groups[g])) add(event, NoteKind::Group, text);
            if (!in_time || is_drawn_) shown_[g] = std::move(text);
        }
    }
    [[nodiscard]] bool concerns(const core::GroupConfig& group) const {
        if (orders_.empty()) return true;
        return std::ranges::any_of(orders_, [&](ClOrdID id) {
            const core::Order* order = desk_.engine().recall_order(id);
            return order != nullptr &&
                   std::ranges::find(group.members, order->instrument) != group.members.end();
        });
    }
    void note_alarm(const Alarm& alarm, const world::RecordedCommand& sent) {
        const bool is_ours = orders_.empty() || orders_.contains(alarm.cl_ord_id);
        if (!is_ours || !window_.contains(sent.at)) return;
        const AlarmWords words = app::words_of(alarm, config_);
        notes_.push_back({sent.at, sent.seq, NoteKind::Alarm,
                          words.where.empty() ? words.what : words.where + ": " + words.what});
    }

    // --- the head ---

    [[nodiscard]] std::string span_text() const {
        return fmt::format("{} s to {} s", time_text(window_.from - record_.header.start),
                           time_text(window_.to - record_.header.start));
    }
    [[nodiscard]] std::string nothing_text() const {
        return fmt::format("nothing was heard or sent from {}; give other times", span_text());
    }
    [[nodiscard]] std::string too_many_text() const {
        return fmt::format(
            "{} messages are selected, and a drawing of more than {} is hard to read. Narrow it: "
            "--order ID (one order and its hedges), --around EVENT --within 200ms, --from S --to "
            "S; "
            "or draw them all with --most {}",
            grouped(static_cast<std::int64_t>(out_.messages.size())), selection_.messages_max,
            out_.messages.size());
    }
    void write_head(const std::string& note) {
        out_.zero = never;
        std::uint64_t seq = 0;
        const auto first = [&](Timestamp at, std::uint64_t step) {
            if (at < out_.zero) {
                out_.zero = at;
                seq = step;
            }
        };
        for (const auto& one : out_.messages) first(time_at_bot(out_, one), one.step);
        for (const Note& one : out_.notes) first(one.at, one.step);

        out_.title = selection_.order
                         ? fmt::format("Order {} and its story", order_text(*selection_.order))
                         : fmt::format("What was heard and sent from {}", span_text());
        out_.head.push_back(fmt::format("Time 0 is {} s of the record, event {}, {}",
                                        time_text(out_.zero - record_.header.start), seq,
                                        utc_text(out_.zero)));
        if (selection_.order) {
            std::string line = "Orders:";
            for (const ClOrdID id : orders_) line += " " + order_text(id);
            out_.head.push_back(std::move(line));
        }
        if (books_ > 0) {
            out_.head.push_back(fmt::format("{} books on which nothing was done are not drawn "
                                            "(--market draws them)",
                                            grouped(static_cast<std::int64_t>(books_))));
        }
        if (!note.empty()) out_.head.push_back("The record is not whole: " + note);
    }

    const LoadedRecord& record_;
    const RunConfig& config_;
    const TimelineSelection& selection_;
    Window window_;
    std::set<ClOrdID> orders_; // empty: all
    strategy::Desk desk_;
    Commands step_;
    InstrumentTexts texts_;
    RecordMessages messages_;
    std::vector<Note> notes_;
    std::vector<std::string> shown_;      // what was last said of each group
    std::map<ClOrdID, std::string> said_; // and of each order
    std::uint64_t books_ = 0;
    bool is_drawn_ = false; // the event of this step
    timeline::Timeline out_;
};

// All orders of one story; an error says what is near if there is none.
Result<std::set<ClOrdID>> story_orders(const LoadedRecord& record, ClOrdID wanted) {
    const Result<OrderStory> story = read_story(record, wanted);
    if (!story) return std::unexpected(story.error());
    const auto found = story->orders.find(wanted);
    if (found == story->orders.end()) {
        return fail(
            fmt::format("order {} is not in it\n{}", order_text(wanted), missing_text(*story)));
    }
    std::set<ClOrdID> out{wanted};
    for (const auto& [id, one] : story->orders) {
        if (!one.correlation.is_none() && one.correlation == found->second.correlation) {
            out.insert(id);
        }
    }
    return out;
}

Result<Window> window_of(const LoadedRecord& record, const TimelineSelection& selection) {
    const Result<Extent> extent = extent_of(record, selection.around);
    if (!extent) return std::unexpected(extent.error());
    const Timestamp start = record.header.start;
    if (extent->first_seq == 0) return fail("it holds no event");
    if (selection.around && !extent->around) {
        return fail(fmt::format("event {} is not in it; it holds events {} to {}",
                                *selection.around, extent->first_seq, extent->last_seq));
    }
    Window out{start + selection.from.value_or(Duration{0}),
               selection.to ? start + *selection.to : extent->last};
    if (selection.around) {
        out.from = later(out.from, *extent->around - selection.within);
        out.to = earlier(out.to, *extent->around + selection.within);
    }
    if (out.from > extent->last || out.to < out.from) {
        return fail(fmt::format("nothing lies from {} s to {} s; it ends at {} s",
                                time_text(out.from - start), time_text(out.to - start),
                                time_text(extent->last - start)));
    }
    return out;
}

} // namespace

Result<RecordTimeline> read_timeline(const LoadedRecord& record,
                                     const TimelineSelection& selection) {
    const Result<Window> window = window_of(record, selection);
    if (!window) return std::unexpected(window.error());
    std::set<ClOrdID> orders;
    if (selection.order) {
        Result<std::set<ClOrdID>> found = story_orders(record, *selection.order);
        if (!found) return std::unexpected(found.error());
        orders = std::move(*found);
    }
    Result<world::RecordReader> reader = world::RecordReader::open(record.bytes);
    if (!reader) return std::unexpected(reader.error());
    TimelineReader drawn{record, selection, *window, std::move(orders)};
    bool is_started = false;
    for (;;) {
        const Result<std::optional<world::RecordItem>> item = reader->next();
        if (!item) return std::move(drawn).finish(item.error().text());
        if (!*item) return std::move(drawn).finish({});
        if (const auto* event = std::get_if<Event>(&**item)) {
            is_started = true;
            drawn.hear(*event);
        } else if (const auto* sent = std::get_if<world::RecordedCommand>(&**item)) {
            drawn.take(*sent);
        } else if (const auto* snapshot = std::get_if<world::RecordedSnapshot>(&**item);
                   snapshot != nullptr && !is_started) {
            if (const auto loaded = drawn.load(*snapshot); !loaded) {
                return std::unexpected(loaded.error());
            }
        }
    }
}

} // namespace keel::app

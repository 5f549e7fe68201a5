#include "app/trace_timeline.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "app/alarm_text.hpp"
#include "app/notice_text.hpp"
#include "app/order_ref.hpp"
#include "app/order_words.hpp"
#include "app/signal_numbers.hpp"
#include "app/trace_beliefs.hpp"
#include "app/trace_messages.hpp"
#include "explore/words.hpp"

namespace keel::app {
namespace {

using explore::Choice;
using timeline::Note;
using timeline::NoteKind;

class TraceDrawer {
public:
    TraceDrawer(explore::World& world, std::span<const std::string> bases)
        : world_(world), bases_(bases), texts_(world.scenario().desk.engine), messages_(world),
          beliefs_(world.scenario()) {
        out_.axis = timeline::Axis::Steps;
        out_.zero = world.now();
        for (const explore::Move& move : world.scenario().opening) {
            add(NoteKind::World, "opening: " + move_words(move));
        }
        note_state();
    }

    void make(const Choice& choice) {
        ++step_;
        faults_ += choice.is_fault() ? 1U : 0U;
        const std::string words = words_of(choice); // of what may happen now
        world_.apply(choice);
        if (choice.kind == Choice::Kind::Restart) {
            add(NoteKind::Desk, fmt::format("restart, epoch {}", epoch()));
        } else if (!words.empty()) {
            add(is_told_ ? NoteKind::Desk : NoteKind::World, words);
        }
        messages_.follow(choice, step_);
        for (const CommandBody& command : world_.sent()) {
            if (const auto* alarm = std::get_if<Alarm>(&command)) note_alarm(*alarm);
            if (const auto* notice = std::get_if<Notice>(&command)) {
                add(NoteKind::Group, app::words_of(*notice, world_.scenario().desk.engine, bases_));
            }
        }
        note_state();
    }

    timeline::Timeline finish(explore::Rule broken) && {
        std::move(messages_).finish(out_);
        const explore::RuleInfo& rule = explore::info(broken);
        const explore::Scenario& scenario = world_.scenario();
        const std::string steps = fmt::format("{} step{}", step_, step_ == 1 ? "" : "s");
        std::string name = scenario.name;
        if (scenario.subject != nullptr) name += ", traded by " + scenario.subject->name;
        if (broken == explore::Rule::None) {
            out_.title = fmt::format("{}: {} break no rule", name, steps);
        } else {
            out_.title = fmt::format("{}: {} broken in {}", name, rule.name, steps);
            out_.violation = timeline::Violation{world_.now(), step_, std::string{rule.name},
                                                 std::string{rule.text}};
        }
        out_.head.push_back(fmt::format("{}{}. Time passes only where it is said", steps,
                                        faults_ == 0 ? ", no fault among them"
                                        : faults_ == 1
                                            ? ", one of them a fault"
                                            : fmt::format(", {} of them faults", faults_)));
        return std::move(out_);
    }

private:
    void add(NoteKind kind, std::string text) {
        out_.notes.push_back({world_.now(), step_, kind, std::move(text)});
    }

    // What a step is, where it is no message alone; empty: a message tells it.
    std::string words_of(const Choice& choice) {
        is_told_ = false;
        switch (choice.kind) {
        case Choice::Kind::Deliver:
            return choice.twist == sim::Twist::Hold ||
                           choice.place == world_.venue(choice.venue).chain()
                       ? explore::words(world_, choice)
                       : "";
        case Choice::Kind::StreamUp:
        case Choice::Kind::Lapse:
        case Choice::Kind::Turn:
        case Choice::Kind::Lease:
        case Choice::Kind::Pause:
        case Choice::Kind::Crash: return explore::words(world_, choice);
        case Choice::Kind::NextDeed: return deed_words(choice.place);
        case Choice::Kind::Wake: return "timer";
        case Choice::Kind::Restart: return "";
        }
        std::unreachable();
    }

    std::string deed_words(std::size_t lane) {
        const explore::Scenario& scenario = world_.scenario();
        const bool is_last = lane == scenario.lanes.size();
        const auto& deeds = is_last ? scenario.last : scenario.lanes[lane].deeds;
        const explore::Deed& deed = deeds[done_[lane]++];
        if (const auto* act = std::get_if<OperatorAct>(&deed)) {
            is_told_ = true;
            return fmt::format("operator: {}", app::words_of(act->act));
        }
        if (const auto* telling = std::get_if<explore::Telling>(&deed)) {
            is_told_ = true;
            return fmt::format("signal: {}", signal_words(texts_, telling->signal));
        }
        return fmt::format("{}: {}", is_last ? "last" : scenario.lanes[lane].name,
                           market_words(deed));
    }
    [[nodiscard]] std::string market_words(const explore::Deed& deed) const {
        if (const auto* outside = std::get_if<explore::Outside>(&deed)) {
            return outside_words(outside->act);
        }
        if (const auto* listing = std::get_if<explore::Listing>(&deed)) {
            return listing_words(listing->act);
        }
        return move_words(std::get<explore::Move>(deed));
    }
    [[nodiscard]] std::string listing_words(const sim::ListingAct& act) const {
        const std::string where = texts_.place(act.instrument);
        switch (act.kind) {
        case sim::ListingAct::Kind::PriceStep:
            return fmt::format("prices of {} are multiples of {}", where,
                               texts_.price(act.instrument, act.value));
        case sim::ListingAct::Kind::Halt: return fmt::format("{} is halted", where);
        case sim::ListingAct::Kind::Open: return fmt::format("{} trades again", where);
        case sim::ListingAct::Kind::Resolve:
            return fmt::format("{} is resolved: {}", where,
                               texts_.price(act.instrument, act.value));
        }
        std::unreachable();
    }
    [[nodiscard]] std::string outside_words(const sim::OutsideAct& act) const {
        return fmt::format("{} for the account, {} {} on {}{}", app::words_of(act.kind),
                           act.side == Side::Buy ? "buys" : "sells",
                           texts_.qty(act.instrument, act.qty), texts_.place(act.instrument),
                           position_suffix(act.position_side));
    }
    [[nodiscard]] std::string move_words(const explore::Move& move) const {
        const sim::Venue::MarketMove& market = move.market;
        const InstrumentIx i = market.instrument;
        if (market.is_trade) {
            return fmt::format(
                "somebody {} {} @ {} on {}", market.aggressor == Side::Buy ? "buys" : "sells",
                texts_.qty(i, market.qty), texts_.price(i, market.px), texts_.place(i));
        }
        const auto touch = [&](Ticks px, Lots qty) {
            return qty > Lots{0} ? fmt::format("{} @ {}", texts_.qty(i, qty), texts_.price(i, px))
                                 : std::string{"nobody"};
        };
        return fmt::format("{} is {} / {}", texts_.place(i), touch(market.bid_px, market.bid_qty),
                           touch(market.ask_px, market.ask_qty));
    }
    [[nodiscard]] std::uint32_t epoch() const {
        return std::get<Boot>(world_.heard().front()).epoch;
    }

    void note_alarm(const Alarm& alarm) {
        const AlarmWords words = app::words_of(alarm, world_.scenario().desk.engine, bases_);
        add(NoteKind::Alarm, words.where.empty() ? words.what : words.where + ": " + words.what);
    }

    void note_state() {
        for (Note& one : beliefs_.changes(world_, messages_.orders())) {
            add(one.kind, std::move(one.text));
        }
        std::string truth = truth_words();
        if (truth == truth_) return;
        truth_ = std::move(truth);
        add(NoteKind::Truth, truth_);
    }
    // What the venues hold, and what rests there.
    [[nodiscard]] std::string truth_words() const {
        std::string out = "in truth:";
        const auto& instruments = world_.scenario().desk.engine.instruments;
        for (std::uint32_t i = 0; i < instruments.size(); ++i) {
            const InstrumentIx ix{i};
            for (const PositionSide side : world_.sides_of(ix)) {
                out += fmt::format("{} {}{} {}", out.back() == ':' ? "" : ",", texts_.place(ix),
                                   position_suffix(side), texts_.qty(ix, world_.held(ix, side)));
            }
        }
        std::string open;
        for (std::uint32_t v = 0; v < world_.venue_count(); ++v) {
            for (std::uint32_t n = 0; n < world_.venue(v).order_count(); ++n) {
                const sim::TrueOrder order = world_.venue(v).order(n);
                if (order.is_open) open += " " + order_text(order.cl_ord_id);
            }
        }
        return open.empty() ? out : out + "; open:" + open;
    }

    explore::World& world_;
    std::span<const std::string> bases_;
    InstrumentTexts texts_;
    TraceMessages messages_;
    TraceBeliefs beliefs_;
    std::array<std::size_t, explore::lanes_max> done_{}; // deeds of each lane
    std::uint64_t step_ = 0;
    std::uint32_t faults_ = 0;
    bool is_told_ = false; // to the desk: the deed of this step
    std::string truth_;    // as last said
    timeline::Timeline out_;
};

} // namespace

timeline::Timeline draw_trace(explore::World& world, std::span<const Choice> choices,
                              explore::Rule broken, std::span<const std::string> bases) {
    TraceDrawer drawer{world, bases};
    for (const Choice& choice : choices) drawer.make(choice);
    return std::move(drawer).finish(broken);
}

} // namespace keel::app

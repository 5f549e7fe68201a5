#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "explore/rule.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "strategy/desk.hpp"

namespace keel::explore {

class World;
struct Scenario;

// What a desk was doing when a fault came: the table in which an empty cell shows that a campaign
// has not tried something. What is most at risk comes first where several are true.
enum class Situation : std::uint8_t { Resting, CancelPending, Unknown, Hedging, Restarting, Idle };

// Who trades in a world: Keel's desk, or another bot that hears and sends the same things. It is
// stepped by events, stepped back, and hashed; what it believes is held against what is true.
class Subject {
public:
    Subject() = default;
    Subject(const Subject&) = delete;
    Subject& operator=(const Subject&) = delete;
    virtual ~Subject() = default;

    // One event, and what it makes it send; `commands` is emptied first.
    virtual void step(const Event& event, Commands& commands) = 0;
    [[nodiscard]] virtual Timestamp wake_at() const = 0; // its next timer; `never`: none
    [[nodiscard]] virtual Timestamp now() const = 0;     // when it was last told something

    // Tasks of its own that may go on now, a bit for each: what it does in steps between which
    // anything else may happen. Keel's desk has none.
    [[nodiscard]] virtual std::uint32_t turns() const { return 0; }
    virtual void take_turn(std::uint32_t task, Timestamp now, Commands& commands);
    [[nodiscard]] virtual std::string turn_words(std::uint32_t task) const;

    // Before a search: it has read what it must know, and no timer is near. Then begin().
    [[nodiscard]] virtual bool is_ready(Timestamp now) const = 0;
    virtual void begin() = 0;
    // Nothing is left to do: no order lives, nothing is owed.
    [[nodiscard]] virtual bool is_settled() const = 0;

    [[nodiscard]] virtual std::size_t mark() const = 0;
    virtual void back_to(std::size_t mark) = 0;
    // False if it cannot tell.
    [[nodiscard]] virtual bool is_unchanged_since(std::size_t mark) const = 0;
    // It joins facts, whatever their order: then what it knows already, and that a stream is up,
    // need not wait for their turn, and answers are known by what they say. A naive bot may heed
    // later what it does not heed now.
    [[nodiscard]] virtual bool joins_facts() const { return false; }
    // All is known of this order, and nothing that is told of it can matter any more.
    [[nodiscard]] virtual bool is_through_with(ClOrdID /*order*/) const { return false; }
    // Over what can still change what it does; nothing is farther away than `far`.
    [[nodiscard]] virtual std::uint64_t hash(Duration far) const = 0;
    // What is counted but not hashed has come so far that it would matter.
    [[nodiscard]] virtual bool is_half_used() const { return false; }

    // Of an account: no read asks for fills before `fills_from`, and the answers that it waits for,
    // each for something else.
    struct Reads {
        Timestamp fills_from;
        std::array<RequestID, 5> in_flight{}; // and, for Keel, the newest heartbeat
    };
    [[nodiscard]] virtual Reads reads(AccountIx account) const = 0;

    // Its process was dead and starts again, with what is left of its record since begin(). The
    // first `known` of these events are the first ones of the record that it came back from before.
    virtual void come_back(std::span<const Event> record, std::size_t known) = 0;

    // After every choice: what is true now, for rules about how it came to be or how long it has
    // been so. What is noted is part of its state. False: nothing was noted.
    virtual bool witness(const World& /*world*/) { return false; }
    // The rule that this state breaks, if any; `world` knows what is true.
    [[nodiscard]] virtual Rule broken_rule(const World& world) const = 0;
    [[nodiscard]] virtual Situation situation() const = 0;
    // What it believes, for people, a line for each thing.
    [[nodiscard]] virtual std::vector<std::string> belief_words() const { return {}; }

    [[nodiscard]] virtual const strategy::Desk* desk() const { return nullptr; }
};

// The one that a scenario names.
[[nodiscard]] std::unique_ptr<Subject> make_subject(const Scenario& scenario);

} // namespace keel::explore

#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/rng.hpp"
#include "explore/coverage.hpp"
#include "explore/search.hpp"

// How schedules are drawn: whole ways from the beginning to an end, one after the other or several
// at once, each job from a seed of its own.

namespace keel::explore {

// Who acts: the channel, stream, lane or timer of a choice.
[[nodiscard]] inline std::size_t actor_of(const Choice& choice) {
    // (Beside the timer, where there was room: what is drawn from a seed stays as it was.)
    constexpr std::size_t lease = static_cast<std::size_t>(Choice::Kind::Wake) * 64 + 32;
    constexpr std::size_t pause = lease + 16;
    if (choice.kind == Choice::Kind::Lease) return lease + choice.place;
    if (choice.kind == Choice::Kind::Pause) return pause + choice.place;
    return static_cast<std::size_t>(choice.kind) * 64 + std::size_t{choice.venue} * 32 +
           std::min<std::size_t>(choice.place, 31);
}
constexpr std::size_t actors_max = (static_cast<std::size_t>(Choice::Kind::Restart) + 1) * 64;

// A schedule, and what is counted of it.
struct Drawn {
    std::vector<Choice> path;
    Rule rule = Rule::None; // that its end breaks
    bool is_terminal = false;
    Duration elapsed;
    struct Fresh {
        std::uint64_t hash = 0;
        std::uint64_t situation = 0;
        std::uint32_t step = 0;   // so many were made
        std::uint32_t number = 0; // of the situation, once it is counted
    };
    std::vector<Fresh> fresh; // states that none had come to before
    struct Fault {
        std::uint8_t kind = 0;
        std::uint8_t situation = 0;
    };
    std::vector<Fault> faults;
    static constexpr std::size_t none = ~std::size_t{0};
    std::size_t parent = none;      // what it is a change of
    std::bitset<actors_max> actors; // that could act in it, if anybody asks

    void clear();
};

// Chooses, step by step. Each thread has one of its own.
class Picker {
public:
    Picker() = default;
    Picker(const Picker&) = delete;
    Picker& operator=(const Picker&) = delete;
    virtual ~Picker() = default;

    // A new schedule begins, which is drawn from this.
    virtual void begin(Rng& rng, Drawn& drawn) = 0;
    // Kinds of fault that it may choose next; asked before pick().
    [[nodiscard]] virtual FaultSet wanted() { return all_faults; }
    [[nodiscard]] virtual Choice pick(const std::vector<Choice>& enabled, std::size_t step) = 0;
    // So many of its first steps are those of a schedule whose states were counted.
    [[nodiscard]] virtual std::size_t known_steps() const { return 0; }
};

// A way of drawing schedules. Pickers read what it has learned; it learns while none picks.
class Strategy {
public:
    Strategy() = default;
    Strategy(const Strategy&) = delete;
    Strategy& operator=(const Strategy&) = delete;
    virtual ~Strategy() = default;

    [[nodiscard]] virtual std::unique_ptr<Picker> make_picker() const = 0;
    // From each schedule in the order of their numbers, those of other strategies too.
    virtual void learn(const Drawn& /*drawn*/, bool /*is_own*/) {}
    virtual void end_slice() {}
    [[nodiscard]] virtual PctBound bound() const { return {}; }
    [[nodiscard]] virtual std::size_t bytes() const { return 0; }
};

[[nodiscard]] std::unique_ptr<Strategy> make_random();
[[nodiscard]] std::unique_ptr<Strategy> make_pct(std::uint32_t d, bool has_faults);
// `coverage` says what is rare, and outlives it.
[[nodiscard]] std::unique_ptr<Strategy> make_guided(const Coverage& coverage, Rng rng);

// Which kinds of fault a schedule may meet, how often, and who starves; drawn for each.
class Mix {
public:
    void draw(Rng& rng);
    // Whether a fault comes next, if one of these can.
    [[nodiscard]] FaultSet wanted(Rng& rng) const {
        return rng.below(1'024) < fault_share_ ? kinds_ : 0;
    }
    [[nodiscard]] Choice pick(Rng& rng, const std::vector<Choice>& enabled, FaultSet wanted);

private:
    [[nodiscard]] bool starves(const Choice& one) const {
        const std::size_t actor = actor_of(one);
        return (starves_[actor / 64] >> (actor % 64) & 1U) != 0;
    }

    std::uint64_t fault_share_ = 0; // per 1,024 choices
    FaultSet kinds_ = 0;
    std::array<std::uint64_t, actors_max / 64> starves_{}; // a bit for each actor
    std::vector<Choice> calm_;
    std::vector<Choice> faults_;
};

// Carries schedules out in a world of its own.
class Drawer {
public:
    Drawer(std::shared_ptr<const Scenario> scenario, const Bounds& bounds)
        : world_(std::move(scenario)), root_(world_.mark()), bounds_(bounds) {}

    void draw(Picker& picker, Rng& rng, const Coverage& coverage, Drawn& out);

private:
    void note_state(std::uint32_t left, const Coverage& coverage, Drawn& out);
    void note_fault(const Choice& choice, Drawn& out);

    World world_;
    World::Mark root_;
    Bounds bounds_;
    std::vector<Choice> enabled_;
};

} // namespace keel::explore

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "explore/crew.hpp"
#include "explore/search.hpp"
#include "explore/world.hpp"

namespace keel::explore {

constexpr std::uint64_t exhaustive_slice = 1U << 14U; // transitions of each worker, by default

// Depth first through every state, stepping back by undo, by all of a crew at once: the set of
// states is common, and who has nothing left to try is given a part of what another has. It goes on
// slice by slice.
//
// Each state is opened once, by whoever came first. So how many workers there are changes neither
// whether it closes nor how many states and transitions there are, nor which rules are broken; but
// it does change by which way a state was reached first, and what is told as the way to it.
class Exhaustive {
public:
    Exhaustive(const std::shared_ptr<const Scenario>& scenario, const Bounds& bounds, Crew& crew);
    ~Exhaustive();

    // About so many transitions. False: there is nothing left, or no more is allowed.
    bool go_on(std::uint64_t transitions);
    [[nodiscard]] const Tally& tally() const { return result_.tally; }
    [[nodiscard]] bool has_found() const; // a broken rule
    // Ends it. What has closed is held to Rule::NoWedge, too.
    [[nodiscard]] SearchResult finish();

private:
    class Board;
    class Worker;
    struct Broken;

    void add_up();
    void note(const Broken& broken);
    void find_wedge();

    Bounds bounds_;
    Crew* crew_;
    std::unique_ptr<Board> board_;
    std::vector<std::unique_ptr<Worker>> workers_;
    SearchResult result_;
};

} // namespace keel::explore

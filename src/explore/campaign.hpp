#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "explore/drawing.hpp"
#include "explore/exhaustive.hpp"

namespace keel::explore {

enum class SearchKind : std::uint8_t { Auto, Exhaustive, Random, Pct, Guided };

// What one search has done in a campaign.
struct Part {
    SearchKind search = SearchKind::Random;
    std::uint32_t max_faults = 0;
    std::uint32_t d = 0; // of pct
    SearchResult result;
    PctBound bound;
    std::uint64_t slices = 0;
    std::uint64_t situations = 0; // that no schedule had met before (coverage.hpp)
    std::uint64_t credit = 0;     // of late, such situations in 1,024 steps
    Duration spent;               // counted by whoever has a clock
};

// A search, or several in turns, slice by slice.
//
// Exhaustive goes up from no fault, a part for each number of them, as long as each closes. In Auto
// it has half of all steps until it has closed with all faults, which ends the campaign, or cannot
// go on. The other half is shared by random, pct with d of 1 to 4, and guided: who has met more
// new situations of late is given more steps, and none less than a sixteenth of what the best is
// given.
// Slices are counted in schedules and steps and dealt out evenly, so the same seed and the same
// number of jobs give the same campaign on every machine (but for what Exhaustive with several jobs
// has seen when it is stopped).
class Campaign {
public:
    struct Plan {
        SearchKind search = SearchKind::Auto;
        std::uint64_t seed = 1;
        std::uint64_t schedules = UINT64_MAX; // of each search; in Auto of all together
        std::uint32_t d = 0;                  // of pct; 0: 1 to 4
    };

    Campaign(std::shared_ptr<const Scenario> scenario, const Plan& plan, const Bounds& bounds);

    // One slice. Returns whose it was; null: there is nothing left to do.
    Part* go_on();
    // What has begun ends as it is.
    void stop();
    // Those that have begun: exhaustive ones first.
    [[nodiscard]] std::vector<const Part*> parts() const;
    [[nodiscard]] const Coverage& coverage() const { return coverage_; }

private:
    struct Share {
        Part part;
        std::unique_ptr<Strategy> strategy;
        std::vector<std::unique_ptr<Picker>> pickers; // of each job
        std::vector<Rng> rngs;                        // of each job
        std::uint64_t given = 0; // steps, each counted the more the less credit there was
    };

    void add_share(SearchKind search, std::uint32_t d);
    [[nodiscard]] bool is_deepening() const;
    Part* deepen();
    void end_level();
    [[nodiscard]] Share* next_share();
    Part* draw(Share& share);
    void merge(Share& share, std::uint64_t count);
    void note(Share& share, const Drawn& drawn);
    void settle_credit(Share& share, std::uint64_t steps, std::uint64_t situations);
    [[nodiscard]] std::uint64_t schedules_left(const Share& share) const;

    std::shared_ptr<const Scenario> scenario_;
    Plan plan_;
    Bounds bounds_;
    Crew crew_;
    Coverage coverage_;
    std::unique_ptr<Exhaustive> level_; // the one that is under way
    std::deque<Part> levels_;
    std::uint64_t level_steps_ = 0;
    std::deque<Share> shares_;
    std::vector<std::unique_ptr<Drawer>> drawers_; // of each job
    std::vector<Drawn> drawn_;
    std::uint64_t schedules_ = 0;
    std::uint64_t schedule_steps_ = 0;
    std::vector<Rule> known_; // rules that schedules have broken
    bool is_over_ = false;
};

} // namespace keel::explore

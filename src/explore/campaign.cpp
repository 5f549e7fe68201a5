#include "explore/campaign.hpp"

#include <algorithm>

namespace keel::explore {
namespace {

constexpr std::uint64_t schedules_of_slice = 128;
constexpr std::uint64_t least_share = 16; // of the best one's credit

// Where something is decided by them. Chance alone draws half as many schedules again without.
bool counts_states(SearchKind search) {
    return search == SearchKind::Auto || search == SearchKind::Guided;
}

} // namespace

Campaign::Campaign(std::shared_ptr<const Scenario> scenario, const Plan& plan, const Bounds& bounds)
    : scenario_(std::move(scenario)), plan_(plan), bounds_(bounds), crew_(bounds.jobs),
      coverage_(counts_states(plan.search) ? bounds.seen_max : 0), drawn_(schedules_of_slice) {
    const bool all = plan.search == SearchKind::Auto;
    if (all || plan.search == SearchKind::Random) add_share(SearchKind::Random, 0);
    if (all || plan.search == SearchKind::Pct) {
        for (std::uint32_t d = 1; d <= 4; ++d) {
            if (plan.d == 0 || plan.d == d) add_share(SearchKind::Pct, d);
        }
    }
    if (all || plan.search == SearchKind::Guided) add_share(SearchKind::Guided, 0);
}

void Campaign::add_share(SearchKind search, std::uint32_t d) {
    Share share;
    share.part.search = search;
    share.part.max_faults = bounds_.max_faults;
    share.part.d = d;
    Rng rng{plan_.seed + d};
    switch (search) {
    case SearchKind::Pct: share.strategy = make_pct(d, bounds_.max_faults > 0); break;
    case SearchKind::Guided:
        rng = Rng{plan_.seed}.fork(1);
        share.strategy = make_guided(coverage_, rng.fork(0));
        break;
    case SearchKind::Auto:
    case SearchKind::Exhaustive:
    case SearchKind::Random: share.strategy = make_random(); break;
    }
    for (std::uint32_t job = 0; job < bounds_.jobs; ++job) {
        share.pickers.push_back(share.strategy->make_picker());
        share.rngs.push_back(job == 0 ? rng : rng.fork(job));
    }
    shares_.push_back(std::move(share));
}

Part* Campaign::go_on() {
    if (is_over_) return nullptr;
    Share* share = next_share();
    if (is_deepening() && (share == nullptr || level_steps_ <= schedule_steps_)) return deepen();
    return share == nullptr ? nullptr : draw(*share);
}

void Campaign::stop() {
    if (level_ != nullptr) end_level();
    for (Share& share : shares_) share.part.result.is_stopped = true;
    is_over_ = true;
}

std::vector<const Part*> Campaign::parts() const {
    std::vector<const Part*> out;
    out.reserve(levels_.size() + shares_.size());
    for (const Part& level : levels_) out.push_back(&level);
    for (const Share& share : shares_) {
        if (share.part.slices > 0) out.push_back(&share.part);
    }
    return out;
}

// --- every state ---

bool Campaign::is_deepening() const {
    if (plan_.search != SearchKind::Auto && plan_.search != SearchKind::Exhaustive) return false;
    if (level_ != nullptr || levels_.empty()) return true;
    const Part& last = levels_.back();
    return last.result.is_complete && last.result.findings.empty() &&
           last.max_faults < bounds_.max_faults;
}

Part* Campaign::deepen() {
    if (level_ == nullptr) {
        Bounds bounds = bounds_;
        bounds.max_faults = static_cast<std::uint32_t>(levels_.size());
        Part part;
        part.search = SearchKind::Exhaustive;
        part.max_faults = bounds.max_faults;
        levels_.push_back(std::move(part));
        level_ = std::make_unique<Exhaustive>(scenario_, bounds, crew_);
    }
    Part& part = levels_.back();
    ++part.slices;
    const std::uint64_t before = part.result.tally.transitions;
    const bool goes_on = level_->go_on(exhaustive_slice * bounds_.jobs);
    part.result.tally = level_->tally();
    level_steps_ += part.result.tally.transitions - before;
    const bool is_auto = plan_.search == SearchKind::Auto;
    if (!goes_on || (is_auto && level_->has_found())) end_level();
    const bool is_closed = part.result.is_complete && part.max_faults == bounds_.max_faults;
    if (is_auto && (is_closed || !part.result.findings.empty())) is_over_ = true;
    return &part;
}

void Campaign::end_level() {
    levels_.back().result = level_->finish();
    level_.reset();
}

// --- schedules ---

std::uint64_t Campaign::schedules_left(const Share& share) const {
    const bool is_auto = plan_.search == SearchKind::Auto;
    return plan_.schedules - (is_auto ? schedules_ : share.part.result.tally.schedules);
}

// Who was given least; null: all have had theirs.
Campaign::Share* Campaign::next_share() {
    Share* next = nullptr;
    for (Share& share : shares_) {
        if (schedules_left(share) == 0) continue;
        if (next == nullptr || share.given < next->given) next = &share;
    }
    return next;
}

Part* Campaign::draw(Share& share) {
    const std::uint64_t count = std::min(schedules_of_slice, schedules_left(share));
    while (drawers_.size() < bounds_.jobs) {
        drawers_.push_back(std::make_unique<Drawer>(scenario_, bounds_));
    }
    crew_.run([&](std::uint32_t job) {
        for (std::uint64_t n = job; n < count; n += bounds_.jobs) {
            drawers_[job]->draw(*share.pickers[job], share.rngs[job], coverage_, drawn_[n]);
        }
    });
    merge(share, count);
    return &share.part;
}

// In the order of their numbers, whoever has drawn them first.
void Campaign::merge(Share& share, std::uint64_t count) {
    Tally& tally = share.part.result.tally;
    const Tally before = tally;
    const std::uint64_t situations = coverage_.situations();
    for (std::uint64_t n = 0; n < count && !is_over_; ++n) {
        Drawn& drawn = drawn_[n];
        std::erase_if(drawn.fresh, [&](const auto& one) { return !coverage_.add(one.hash); });
        for (auto& one : drawn.fresh) one.number = coverage_.count(one.situation);
        note(share, drawn);
        for (Share& any : shares_) any.strategy->learn(drawn, &any == &share);
    }
    tally.bytes = coverage_.bytes() + share.strategy->bytes();
    for (Share& any : shares_) any.strategy->end_slice();
    share.part.bound = share.strategy->bound();
    ++share.part.slices;
    schedules_ += tally.schedules - before.schedules;
    const std::uint64_t steps = tally.transitions - before.transitions;
    schedule_steps_ += steps;
    settle_credit(share, steps, coverage_.situations() - situations);
    if (plan_.search == SearchKind::Auto && !known_.empty()) stop();
}

void Campaign::note(Share& share, const Drawn& drawn) {
    Tally& tally = share.part.result.tally;
    tally.states += drawn.fresh.size();
    tally.transitions += drawn.path.size();
    tally.applied += drawn.path.size();
    ++tally.schedules;
    tally.terminals += drawn.is_terminal ? 1U : 0U;
    tally.cut += !drawn.is_terminal && drawn.rule == Rule::None ? 1U : 0U;
    tally.depth = std::max(tally.depth, drawn.path.size());
    tally.longest = max(tally.longest, drawn.elapsed);
    for (const Drawn::Fault& fault : drawn.faults) ++tally.faults[fault.kind][fault.situation];
    if (drawn.rule == Rule::None || std::ranges::find(known_, drawn.rule) != known_.end()) return;
    known_.push_back(drawn.rule);
    share.part.result.findings.push_back({drawn.rule, drawn.path,
                                          static_cast<std::uint32_t>(drawn.faults.size()),
                                          tally.schedules, tally.transitions});
    if (known_.size() >= bounds_.findings_max) is_over_ = true;
}

void Campaign::settle_credit(Share& share, std::uint64_t steps, std::uint64_t situations) {
    constexpr std::uint64_t scale = 1'024;
    const std::uint64_t found = situations * scale / std::max<std::uint64_t>(steps, 1);
    Part& part = share.part;
    part.situations += situations;
    part.credit = part.slices == 1 ? found : (part.credit * 3 + found) / 4;
    std::uint64_t best = 0;
    for (const Share& any : shares_) best = std::max(best, any.part.credit);
    const std::uint64_t weight =
        plan_.search == SearchKind::Auto ? std::max({part.credit, best / least_share, 1UL}) : 1;
    share.given += (steps * scale + scale) / weight;
}

// --- one search alone ---

Tally& Tally::operator+=(const Tally& more) {
    transitions += more.transitions;
    applied += more.applied;
    schedules += more.schedules;
    terminals += more.terminals;
    cut += more.cut;
    depth = std::max(depth, more.depth);
    longest = max(longest, more.longest);
    guards |= more.guards;
    for (std::size_t kind = 0; kind < faults.size(); ++kind) {
        for (std::size_t s = 0; s < situation_count; ++s) faults[kind][s] += more.faults[kind][s];
    }
    return *this;
}

namespace {

Part alone(const World& world, const Campaign::Plan& plan, const Bounds& bounds,
           const OnTally& on_tally) {
    Campaign campaign{world.shared_scenario(), plan, bounds};
    while (const Part* part = campaign.go_on()) {
        if (!on_tally || on_tally(part->result.tally)) continue;
        campaign.stop();
        break;
    }
    const std::vector<const Part*> parts = campaign.parts();
    return parts.empty() ? Part{} : *parts.front();
}

} // namespace

SearchResult random(const World& world, const Bounds& bounds, std::uint64_t seed,
                    std::uint64_t schedules, const OnTally& on_tally) {
    return alone(world, {SearchKind::Random, seed, schedules}, bounds, on_tally).result;
}

SearchResult pct(const World& world, const Bounds& bounds, std::uint64_t seed,
                 std::uint64_t schedules, std::uint32_t d, PctBound& bound,
                 const OnTally& on_tally) {
    const Part part = alone(world, {SearchKind::Pct, seed, schedules, d}, bounds, on_tally);
    bound = part.bound;
    return part.result;
}

SearchResult guided(const World& world, const Bounds& bounds, std::uint64_t seed,
                    std::uint64_t schedules, const OnTally& on_tally) {
    return alone(world, {SearchKind::Guided, seed, schedules}, bounds, on_tally).result;
}

} // namespace keel::explore

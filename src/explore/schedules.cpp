#include <algorithm>
#include <array>

#include "explore/drawing.hpp"

// Schedules that are drawn by chance alone.

namespace keel::explore {

void Mix::draw(Rng& rng) {
    const std::uint64_t octave = rng.below(6);
    fault_share_ = rng.below(4) == 0 ? 0 : 8ULL << octave;
    kinds_ = static_cast<FaultSet>(rng.next());
    for (std::uint64_t& word : starves_) { // one in eight
        word = rng.next();
        word &= rng.next();
        word &= rng.next();
    }
}

Choice Mix::pick(Rng& rng, const std::vector<Choice>& enabled, FaultSet wanted) {
    calm_.clear();
    faults_.clear();
    for (const Choice& one : enabled) {
        if (!one.is_fault()) {
            calm_.push_back(one);
        } else if (wanted != 0 && (wanted & bit(World::fault_kind(one))) != 0) {
            faults_.push_back(one);
        }
    }
    if (!faults_.empty()) return faults_[rng.below(faults_.size())];
    if (calm_.empty()) return enabled[rng.below(enabled.size())]; // the horizon is reached
    Choice choice = calm_[rng.below(calm_.size())];
    if (starves(choice)) choice = calm_[rng.below(calm_.size())]; // one more chance
    return choice;
}

namespace {

class RandomPicker final : public Picker {
public:
    void begin(Rng& rng, Drawn& /*drawn*/) override {
        rng_ = &rng;
        mix_.draw(*rng_);
    }
    Choice pick(const std::vector<Choice>& enabled, std::size_t /*step*/) override {
        return mix_.pick(*rng_, enabled, wanted_);
    }
    FaultSet wanted() override { return wanted_ = mix_.wanted(*rng_); }

private:
    Rng* rng_ = nullptr;
    Mix mix_;
    FaultSet wanted_ = 0;
};

class Random final : public Strategy {
public:
    [[nodiscard]] std::unique_ptr<Picker> make_picker() const override {
        return std::make_unique<RandomPicker>();
    }
};

class Pct final : public Strategy {
public:
    Pct(std::uint32_t d, bool has_faults) : d_(d), has_faults_(has_faults) {}

    [[nodiscard]] std::unique_ptr<Picker> make_picker() const override;
    // How long schedules are that come to an end, and who acts in them.
    void learn(const Drawn& drawn, bool is_own) override {
        if (!is_own) return;
        actors_ |= drawn.actors;
        if (drawn.is_terminal) steps_ = std::max(steps_, drawn.path.size());
    }
    [[nodiscard]] PctBound bound() const override {
        PctBound out;
        out.actors = static_cast<std::uint32_t>(actors_.count());
        out.steps = static_cast<std::uint32_t>(steps_);
        // lint: allow(float) told, and nothing is decided by it
        out.probability = out.actors == 0 ? 0 : 1.0 / out.actors;
        for (std::uint32_t n = 1; n < d_; ++n) out.probability /= out.steps;
        if (has_faults_) out.probability /= 2; // every second schedule has one
        return out;
    }
    [[nodiscard]] std::uint32_t d() const { return d_; }
    [[nodiscard]] std::size_t steps() const { return steps_; }

private:
    std::uint32_t d_;
    bool has_faults_;        // may be chosen
    std::size_t steps_ = 50; // of a schedule
    std::bitset<actors_max> actors_;
};

class PctPicker final : public Picker {
public:
    explicit PctPicker(const Pct& pct) : pct_(&pct) {}

    void begin(Rng& rng, Drawn& drawn) override {
        rng_ = &rng;
        drawn_ = &drawn;
        priority_.fill(0);
        falls_.clear();
        for (std::uint32_t n = 1; n < pct_->d(); ++n) falls_.push_back(rng_->below(pct_->steps()));
        lowest_ = 1U << 16U;
        may_fault_ = rng_->below(2) == 0;
    }
    FaultSet wanted() override {
        const bool is_next = rng_->below(16) == 0;
        return may_fault_ && is_next ? all_faults : 0;
    }
    Choice pick(const std::vector<Choice>& enabled, std::size_t step) override {
        for (const Choice& one : enabled) {
            const std::size_t actor = actor_of(one);
            if (priority_[actor] == 0) priority_[actor] = (1U << 16U) + 1 + rng_->below(1U << 30U);
            drawn_->actors.set(actor);
        }
        best_.clear();
        for (const Choice& one : enabled) {
            if (one.is_fault()) best_.push_back(one);
        }
        if (!best_.empty()) return best_[rng_->below(best_.size())]; // it was wanted
        std::size_t first = first_of(enabled);
        if (std::ranges::find(falls_, step) != falls_.end()) {
            priority_[first] = --lowest_;
            first = first_of(enabled);
        }
        const auto is_its = [&](const Choice& one) { return actor_of(one) == first; };
        return *std::ranges::find_if(enabled, is_its);
    }

private:
    [[nodiscard]] std::size_t first_of(const std::vector<Choice>& enabled) const {
        std::size_t first = actor_of(enabled.front());
        for (const Choice& one : enabled) {
            const std::size_t actor = actor_of(one);
            if (priority_[actor] > priority_[first]) first = actor;
        }
        return first;
    }

    const Pct* pct_;
    Rng* rng_ = nullptr;
    Drawn* drawn_ = nullptr;
    std::array<std::uint64_t, actors_max> priority_{}; // 0: not met yet; larger runs first
    std::vector<std::size_t> falls_;                   // steps at which who runs falls behind
    std::uint64_t lowest_ = 0;
    bool may_fault_ = false;   // this schedule
    std::vector<Choice> best_; // faults that can come next
};

std::unique_ptr<Picker> Pct::make_picker() const { return std::make_unique<PctPicker>(*this); }

} // namespace

std::unique_ptr<Strategy> make_random() { return std::make_unique<Random>(); }

std::unique_ptr<Strategy> make_pct(std::uint32_t d, bool has_faults) {
    return std::make_unique<Pct>(d, has_faults);
}

} // namespace keel::explore

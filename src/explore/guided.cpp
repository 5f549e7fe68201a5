#include <algorithm>

#include "base/assert.hpp"
#include "explore/drawing.hpp"

// Schedules that came to states where none had been, changed and drawn again. What is rare is a
// situation in which few states are known: most schedules fork where one was met.

namespace keel::explore {
namespace {

constexpr std::size_t entries_max = 2'048;
constexpr std::uint32_t steps_max = 4'096; // of each that is kept
constexpr int candidates = 8;              // of which the rarest is picked, or the least rare goes

struct Entry {
    std::vector<Choice> path;
    std::uint32_t fork = 0;      // after so many steps it came to the rarest of its new states
    std::uint32_t situation = 0; // there
    std::uint64_t picked = 0;    // so often
};

class Guided final : public Strategy {
public:
    Guided(const Coverage& coverage, Rng rng) : coverage_(&coverage), rng_(rng) {}

    [[nodiscard]] std::unique_ptr<Picker> make_picker() const override;

    void learn(const Drawn& drawn, bool is_own) override {
        if (is_own && drawn.parent != Drawn::none) ++entries_[drawn.parent].picked;
        if (drawn.fresh.empty() || drawn.rule != Rule::None) return;
        const auto rarest = std::ranges::min_element(
            drawn.fresh, {}, [&](const auto& fresh) { return coverage_->states_in(fresh.number); });
        if (rarest->step > steps_max) return;
        Entry entry{drawn.path, rarest->step, rarest->number, 0};
        entry.path.resize(std::min<std::size_t>(entry.path.size(), steps_max));
        waiting_.push_back(std::move(entry));
    }
    // (Only now: schedules of this slice have told which entries they came from.)
    void end_slice() override {
        for (Entry& entry : waiting_) keep(std::move(entry));
        waiting_.clear();
    }
    [[nodiscard]] std::size_t bytes() const override {
        std::size_t out = 0;
        for (const Entry& one : entries_) out += sizeof(one) + one.path.capacity() * sizeof(Choice);
        return out;
    }

    [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
    // Where few states are known and few schedules have forked, this is small.
    [[nodiscard]] std::uint64_t commonness(const Entry& entry) const {
        return coverage_->states_in(entry.situation) * (1 + entry.picked);
    }

private:
    void keep(Entry entry) {
        if (entries_.size() < entries_max) {
            entries_.push_back(std::move(entry));
            return;
        }
        std::size_t common = rng_.below(entries_.size());
        for (int n = 1; n < candidates; ++n) {
            const std::size_t other = rng_.below(entries_.size());
            if (commonness(entries_[other]) > commonness(entries_[common])) common = other;
        }
        if (commonness(entry) < commonness(entries_[common])) entries_[common] = std::move(entry);
    }

    const Coverage* coverage_;
    Rng rng_;
    std::vector<Entry> entries_;
    std::vector<Entry> waiting_;
};

class GuidedPicker final : public Picker {
public:
    explicit GuidedPicker(const Guided& guided) : guided_(&guided) {}

    void begin(Rng& rng, Drawn& drawn) override {
        rng_ = &rng;
        mix_.draw(*rng_);
        script_.clear();
        next_ = 0;
        known_ = 0;
        if (guided_->entries().empty() || rng_->below(4) == 0) return; // from nothing
        drawn.parent = pick_entry();
        change(guided_->entries()[drawn.parent]);
    }
    Choice pick(const std::vector<Choice>& enabled, std::size_t /*step*/) override {
        while (next_ < script_.size()) {
            const Line& line = script_[next_++];
            if (line.what == What::This) {
                if (std::ranges::find(enabled, line.choice) != enabled.end()) return line.choice;
                continue; // it cannot happen any more
            }
            others_.clear();
            for (const Choice& one : enabled) {
                if (one.is_fault() == (line.what == What::Fault) && one != line.choice) {
                    others_.push_back(one);
                }
            }
            if (!others_.empty()) return others_[rng_->below(others_.size())];
        }
        return mix_.pick(*rng_, enabled, mix_.wanted(*rng_));
    }
    [[nodiscard]] std::size_t known_steps() const override { return known_; }

private:
    enum class What : std::uint8_t { This, Other, Fault };
    struct Line {
        What what = What::This;
        Choice choice; // this one, or any but this
    };

    std::size_t pick_entry() {
        const std::vector<Entry>& entries = guided_->entries();
        std::size_t rare = rng_->below(entries.size());
        for (int n = 1; n < candidates; ++n) {
            const std::size_t other = rng_->below(entries.size());
            if (guided_->commonness(entries[other]) < guided_->commonness(entries[rare])) {
                rare = other;
            }
        }
        return rare;
    }

    // A prefix as it was, one change, and then the rest as far as it can still happen, or chance.
    void change(const Entry& entry) {
        const std::vector<Choice>& path = entry.path;
        const std::size_t fork = entry.fork;
        KEEL_ASSERT(fork > 0 && fork <= path.size(), "a new state is reached by a step");
        const std::uint64_t how = rng_->below(6);
        if (how == 0) { // only the prefix
            play(path, 0, fork);
            known_ = fork;
        } else if (how == 1 && fork < path.size()) { // something else at the fork
            play(path, 0, fork);
            script_.push_back({What::Other, path[fork]});
            known_ = fork;
            if (rng_->below(2) == 0) play(path, fork, path.size());
        } else if (how == 2) { // a fault more
            const std::size_t at = rng_->below(fork + 1);
            play(path, 0, at);
            script_.push_back({What::Fault, {}});
            known_ = at;
            play(path, at, path.size());
        } else if (how == 3) { // some steps less
            const std::size_t at = rng_->below(fork);
            const std::size_t length = 1 + rng_->below(8);
            play(path, 0, at);
            known_ = at;
            play(path, std::min(at + length, path.size()), path.size());
        } else if (how == 4 && fork > 1) { // two the other way round
            const std::size_t at = rng_->below(fork - 1);
            play(path, 0, at);
            known_ = at;
            play(path, at + 1, at + 2);
            play(path, at, at + 1);
            play(path, at + 2, path.size());
        } else { // the prefix up to somewhere before
            known_ = rng_->below(fork + 1);
            play(path, 0, known_);
        }
    }
    void play(const std::vector<Choice>& path, std::size_t from, std::size_t to) {
        for (std::size_t n = from; n < to; ++n) script_.push_back({What::This, path[n]});
    }

    const Guided* guided_;
    Rng* rng_ = nullptr;
    Mix mix_;
    std::vector<Line> script_;
    std::size_t next_ = 0;
    std::size_t known_ = 0;
    std::vector<Choice> others_;
};

std::unique_ptr<Picker> Guided::make_picker() const {
    return std::make_unique<GuidedPicker>(*this);
}

} // namespace

std::unique_ptr<Strategy> make_guided(const Coverage& coverage, Rng rng) {
    return std::make_unique<Guided>(coverage, rng);
}

} // namespace keel::explore

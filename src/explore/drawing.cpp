#include "explore/drawing.hpp"

#include "base/hash.hpp"
#include "explore/stuck.hpp"

namespace keel::explore {

void Drawn::clear() {
    path.clear();
    rule = Rule::None;
    is_terminal = false;
    fresh.clear();
    faults.clear();
    parent = none;
    actors.reset();
}

void Drawer::draw(Picker& picker, Rng& rng, const Coverage& coverage, Drawn& out) {
    out.clear();
    world_.keep_tails(!coverage.is_full());
    picker.begin(rng, out);
    std::uint32_t left = bounds_.max_faults;
    world_.enabled(left, enabled_, picker.wanted());
    while (!out.is_terminal && out.path.size() < bounds_.depth_max) {
        if (is_stuck(world_, enabled_)) out.rule = Rule::NoWedge;
        if (out.rule != Rule::None || enabled_.empty()) break; // (empty: the horizon is reached)
        const Choice choice = picker.pick(enabled_, out.path.size());
        if (choice.is_fault()) {
            note_fault(choice, out);
            --left;
        }
        world_.apply(choice);
        out.path.push_back(choice);
        out.is_terminal = world_.is_terminal();
        out.rule = world_.broken_rule();
        if (out.rule != Rule::None) break;
        world_.enabled(left, enabled_, picker.wanted());
        if (out.path.size() > picker.known_steps()) note_state(left, coverage, out);
    }
    out.elapsed = world_.elapsed();
    world_.back_to(root_);
}

void Drawer::note_state(std::uint32_t left, const Coverage& coverage, Drawn& out) {
    if (coverage.is_full()) return;
    const std::uint64_t hash = world_.hash(left);
    if (!coverage.would_be_new(hash)) return;
    Hasher situation;
    situation.add(static_cast<std::uint64_t>(situation_of(world_)));
    FaultSet kinds = 0;
    for (const Drawn::Fault& fault : out.faults) {
        kinds |= bit(static_cast<sim::FaultKind>(fault.kind));
    }
    situation.add(kinds);
    for (const Choice& one : enabled_) {
        if (!one.is_fault()) situation.add(actor_of(one));
    }
    out.fresh.push_back({hash, situation.digest(), static_cast<std::uint32_t>(out.path.size()), 0});
}

void Drawer::note_fault(const Choice& choice, Drawn& out) {
    out.faults.push_back({static_cast<std::uint8_t>(World::fault_kind(choice)),
                          static_cast<std::uint8_t>(situation_of(world_))});
}

} // namespace keel::explore

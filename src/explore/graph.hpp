#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "explore/choice.hpp"
#include "explore/crew.hpp"
#include "explore/visited.hpp"

namespace keel::explore {

// The states that an exhaustive search has seen, and how each was reached first. Several workers
// add to it at once: a state lies in one of many shards, by its hash, each with a lock of its own.
class Graph {
public:
    using State = std::uint32_t;
    static constexpr State none = 0xffff'ffff;
    struct Edge {
        State from;
        State to;
    };

    explicit Graph(std::uint32_t jobs)
        : shard_bits_(jobs == 1 ? 0 : 6), shards_(1U << shard_bits_) {}

    struct Place {
        State state = none;
        bool is_new = false;
    };
    Place add(std::uint64_t hash, State parent, const Choice& by);
    // The desk has settled there, or what happens next breaks a rule: a way that ends.
    void settle(State state);
    [[nodiscard]] std::uint64_t size() const { return size_.load(); }

    // What follows is asked while nobody adds.

    [[nodiscard]] std::size_t set_bytes() const; // of the set of hashes alone
    [[nodiscard]] std::size_t bytes() const;
    // The choices that led to a state first.
    [[nodiscard]] std::vector<Choice> turns_to(State state) const;
    // A state from which no edges lead to a settled one.
    [[nodiscard]] std::optional<State> wedge(std::span<const std::vector<Edge>> edges) const;

private:
    struct alignas(64) Shard {
        Mutex mutex;
        Visited visited{true};
        std::vector<State> parent;
        std::vector<Choice> by;
        std::vector<std::uint8_t> is_settled;
    };
    [[nodiscard]] std::uint32_t shard_of(State state) const {
        return state & ((1U << shard_bits_) - 1);
    }

    std::uint32_t shard_bits_; // of a state, and of a hash, the lowest
    std::vector<Shard> shards_;
    Shared<std::uint64_t> size_{0};
};

} // namespace keel::explore

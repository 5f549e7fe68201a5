#include "explore/graph.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace keel::explore {

Graph::Place Graph::add(std::uint64_t hash, State parent, const Choice& by) {
    const auto at = static_cast<std::uint32_t>(hash) & ((1U << shard_bits_) - 1);
    Shard& shard = shards_[at];
    const std::scoped_lock lock{shard.mutex};
    const Visited::Place place = shard.visited.insert(hash);
    const State state = place.number << shard_bits_ | at;
    if (!place.is_new) return {state, false};
    KEEL_ASSERT(place.number < none >> shard_bits_, "a search has less than 2^32 states");
    shard.parent.push_back(parent);
    shard.by.push_back(by);
    shard.is_settled.push_back(0);
    ++size_;
    return {state, true};
}

void Graph::settle(State state) {
    Shard& shard = shards_[shard_of(state)];
    const std::scoped_lock lock{shard.mutex};
    shard.is_settled[state >> shard_bits_] = 1;
}

std::size_t Graph::set_bytes() const {
    std::size_t out = 0;
    for (const Shard& shard : shards_) out += shard.visited.bytes();
    return out;
}

std::size_t Graph::bytes() const {
    std::size_t out = 0;
    for (const Shard& shard : shards_) {
        out += shard.visited.all_bytes() + shard.parent.capacity() * sizeof(shard.parent[0]) +
               shard.by.capacity() * sizeof(shard.by[0]) + shard.is_settled.capacity();
    }
    return out;
}

std::vector<Choice> Graph::turns_to(State state) const {
    std::vector<Choice> turns;
    for (;;) {
        const Shard& shard = shards_[shard_of(state)];
        const std::uint32_t number = state >> shard_bits_;
        if (shard.parent[number] == none) break;
        turns.push_back(shard.by[number]);
        state = shard.parent[number];
    }
    std::ranges::reverse(turns);
    return turns;
}

// Backwards from settled states.
std::optional<Graph::State> Graph::wedge(std::span<const std::vector<Edge>> edges) const {
    // States numbered through all shards.
    std::vector<std::uint32_t> offset(shards_.size() + 1, 0);
    for (std::size_t n = 0; n < shards_.size(); ++n) {
        offset[n + 1] = offset[n] + static_cast<std::uint32_t>(shards_[n].parent.size());
    }
    const auto dense = [&](State state) {
        return offset[shard_of(state)] + (state >> shard_bits_);
    };
    const std::uint32_t states = offset.back();
    std::vector<std::size_t> first(std::size_t{states} + 1, 0);
    std::size_t edge_count = 0;
    for (const std::vector<Edge>& some : edges) {
        for (const Edge& edge : some) ++first[dense(edge.to) + 1];
        edge_count += some.size();
    }
    for (std::uint32_t s = 0; s < states; ++s) first[s + 1] += first[s];
    std::vector<std::uint32_t> from(edge_count);
    std::vector<std::size_t> at(first.begin(), first.end() - 1);
    for (const std::vector<Edge>& some : edges) {
        for (const Edge& edge : some) from[at[dense(edge.to)]++] = dense(edge.from);
    }
    std::vector<std::uint8_t> is_good;
    is_good.reserve(states);
    for (const Shard& shard : shards_) {
        is_good.insert(is_good.end(), shard.is_settled.begin(), shard.is_settled.end());
    }
    std::vector<std::uint32_t> open;
    for (std::uint32_t s = 0; s < states; ++s) {
        if (is_good[s] != 0) open.push_back(s);
    }
    while (!open.empty()) {
        const std::uint32_t state = open.back();
        open.pop_back();
        for (std::size_t e = first[state]; e < first[state + 1]; ++e) {
            if (is_good[from[e]] != 0) continue;
            is_good[from[e]] = 1;
            open.push_back(from[e]);
        }
    }
    for (std::uint32_t n = 0; n < shards_.size(); ++n) {
        for (std::uint32_t s = offset[n]; s < offset[n + 1]; ++s) {
            if (is_good[s] == 0) return (s - offset[n]) << shard_bits_ | n;
        }
    }
    return std::nullopt;
}

} // namespace keel::explore

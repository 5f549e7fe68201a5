#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "model/types.hpp"

namespace keel::audit {

// What others did, which a desk need not know before a certain time.
class Unheard {
public:
    void add(Side side, std::int64_t amount, Timestamp known_by) {
        all_.push_back({known_by, side, amount});
    }
    [[nodiscard]] bool is_empty() const { return all_.empty(); }
    // What need not be known then, of one side.
    [[nodiscard]] std::int64_t sum(Side side, Timestamp then) const {
        std::int64_t out = 0;
        for (const One& one : all_) {
            out += one.side == side && one.known_by >= then ? one.amount : 0;
        }
        return out;
    }
    void forget_known(Timestamp now) {
        std::erase_if(all_, [&](const One& one) { return one.known_by < now; });
    }

private:
    struct One {
        Timestamp known_by;
        Side side;
        std::int64_t amount;
    };
    std::vector<One> all_; // few: others seldom do anything
};

} // namespace keel::audit

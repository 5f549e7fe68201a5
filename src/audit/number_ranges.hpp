#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>

namespace keel::audit {

// A set of numbers, kept as ranges: what follows each other takes no more room than one of them.
class NumberRanges {
public:
    [[nodiscard]] bool contains(std::uint64_t number) const {
        const auto after = last_of_.upper_bound(number);
        return after != last_of_.begin() && std::prev(after)->second >= number;
    }
    // `number` is not in it yet.
    void insert(std::uint64_t number) {
        std::uint64_t last = number;
        auto after = last_of_.upper_bound(number);
        if (after != last_of_.end() && after->first == number + 1) {
            last = after->second;
            after = last_of_.erase(after);
        }
        if (after != last_of_.begin() && std::prev(after)->second + 1 == number) {
            std::prev(after)->second = last;
        } else {
            last_of_.emplace_hint(after, number, last);
        }
    }
    [[nodiscard]] std::size_t range_count() const { return last_of_.size(); }

private:
    std::map<std::uint64_t, std::uint64_t> last_of_; // by the first of each range
};

} // namespace keel::audit

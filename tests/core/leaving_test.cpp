#include "core/leaving.hpp"

#include <gtest/gtest.h>

namespace keel::core {
namespace {

Timestamp at(std::int64_t s) { return Timestamp{seconds(s).value()}; }

// Valid until 12, or for ever (0), under a lease that ends at 15.
TEST(Leaving, IsForWhatIsStillValidUnderALeaseThatLasts) {
    struct Row {
        std::int64_t valid_until;
        std::int64_t lease_until;
        std::int64_t now;
        bool may_leave;
    };
    for (const auto& [valid_until, lease_until, now, may] :
         {Row{12, 15, 11, true}, Row{12, 15, 12, false}, Row{12, 15, 13, false},
          Row{0, 15, 14, true}, Row{0, 15, 15, false}, Row{0, 15, 99, false}, Row{20, 15, 14, true},
          Row{20, 15, 16, false}}) {
        const Timestamp until = valid_until == 0 ? Timestamp{} : at(valid_until);
        EXPECT_EQ(may_leave({}, until, at(lease_until), at(now)), may)
            << valid_until << " " << lease_until << " " << now;
        EXPECT_TRUE(may_leave({.leaves_late = true}, until, at(lease_until), at(now)));
    }
}

} // namespace
} // namespace keel::core

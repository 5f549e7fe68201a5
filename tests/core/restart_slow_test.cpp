#include "tests/core/restart_story.hpp"

namespace keel::core {
namespace {

using namespace script;

TEST(RestartSlow, AfterACrashAtEveryStep) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) crash_everywhere(seed, 1, SIZE_MAX);
}

TEST(RestartSlow, AfterACrashAtEveryStepWithLostRequestsAndReports) {
    const EchoFaults faults{
        .lose_request_ppm = 60'000, .lose_report_ppm = 60'000, .repeat_report_ppm = 60'000};
    for (std::uint64_t seed = 1; seed <= 4; ++seed) crash_everywhere(seed, 2, 25, faults);
}

} // namespace
} // namespace keel::core
